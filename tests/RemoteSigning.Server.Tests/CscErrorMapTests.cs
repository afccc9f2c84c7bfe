using System.Reflection;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Tests;

/// <summary>What a client is told for each code with which the SAM refuses; a new code has to find its place here.</summary>
public sealed class CscErrorMapTests
{
    private const string Failure = "500 server_error: The server encountered an unexpected condition that prevented it from fulfilling the request.";

    private const string Away =
        "503 temporarily_unavailable: The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.";

    private static readonly Dictionary<string, string> OfTheSam = new()
    {
        [ProblemCodes.KeyDisabled] = "400 invalid_request: The credential identified by credentialID is disabled",
        [ProblemCodes.KeyDeleted] = "400 invalid_request: Invalid parameter credentialID",
        [ProblemCodes.KeyExpired] = "400 invalid_request: Invalid certificate status",
        [ProblemCodes.AlgorithmUnsupported] = "400 invalid_request: Invalid parameter signAlgo",
        [ProblemCodes.DigestLength] = "400 invalid_request: Invalid digest value length",
        [ProblemCodes.DeviceMissing] = "400 invalid_request: Missing (or invalid type) object parameter deviceApproval",
        [ProblemCodes.DeviceInvalid] = "400 invalid_request: Invalid parameter deviceApproval",
        [ProblemCodes.DeviceUsed] = "400 invalid_request: Invalid parameter deviceApproval",
        [ProblemCodes.SkadWrongEpoch] = "400 invalid_request: Device registration expired",
        [ProblemCodes.SkadWrongNode] = "400 invalid_request: Device registration expired",
        [ProblemCodes.SkadExpired] = Away,
        [ProblemCodes.SadExpired] = Away,
        [ProblemCodes.SadWrongEpoch] = Away,
        [ProblemCodes.SadWrongNode] = Away,
        [ProblemCodes.KeyOutdated] = Away,
        [ProblemCodes.AuditUnavailable] = Away,
        [ProblemCodes.HsmUnavailable] = Away,
        [ProblemCodes.HsmBusy] = Away,
        [ProblemCodes.ModuleLocked] = Away,
        [ProblemCodes.ServiceUnavailable] = Away,
    };

    /// <summary>This server, the authorization server or their configuration did wrong: nothing that a client could mend.</summary>
    private static readonly string[] NotTheClientsDoing =
    [
        ProblemCodes.Malformed, ProblemCodes.TooLarge, ProblemCodes.NotFound, ProblemCodes.Conflict,
        ProblemCodes.CertificateRequired, ProblemCodes.CallerUnknown, ProblemCodes.RoleForbidden, ProblemCodes.HeadUnknown,
        ProblemCodes.SadMissing, ProblemCodes.SadInvalid, ProblemCodes.SadUsed, ProblemCodes.SadWrongSigner, ProblemCodes.SadWrongKey,
        ProblemCodes.SadWrongSet, ProblemCodes.AssuranceTooLow, ProblemCodes.SkadMissing, ProblemCodes.SkadInvalid, ProblemCodes.SkadUsed,
        ProblemCodes.SkadWrongRequest, ProblemCodes.IntegrityError, ProblemCodes.KeyAssigned, ProblemCodes.KeyNotAssigned,
        ProblemCodes.KeyNotCertified, ProblemCodes.WrongSigner, ProblemCodes.WrongPurpose, ProblemCodes.Internal,
    ];

    /// <summary>Of the authorization server, of the SAM's operators, or of this server itself.</summary>
    private static readonly string[] NeverOfTheSam =
    [
        ProblemCodes.LoginFailed, ProblemCodes.TokenInvalid, ProblemCodes.TokenExpired, ProblemCodes.PinMissing, ProblemCodes.PinInvalid,
        ProblemCodes.PinLocked, ProblemCodes.OtpMissing, ProblemCodes.OtpInvalid, ProblemCodes.OtpLocked, ProblemCodes.OtpTooSoon, ProblemCodes.OtpTooOften,
        ProblemCodes.OtpNotSent, ProblemCodes.NotAllowed,
        ProblemCodes.CredentialUnknown, ProblemCodes.CountTooHigh, ProblemCodes.HashMissing, ProblemCodes.HashNotAuthorized,
        ProblemCodes.RegistrationExpired, ProblemCodes.ContentUnknown, ProblemCodes.ContentExpired, ProblemCodes.ConfigurationInvalid,
        ProblemCodes.ConfigurationOutdated, ProblemCodes.ApprovalRequired, ProblemCodes.ApprovalInvalid, ProblemCodes.OutcomeUnknown,
    ];

    private static readonly string[] Unavailable =
    [
        ProblemCodes.AuditUnavailable, ProblemCodes.HsmUnavailable, ProblemCodes.HsmBusy, ProblemCodes.ModuleLocked, ProblemCodes.ServiceUnavailable,
    ];

    private static IEnumerable<string> Codes() => typeof(ProblemCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!); // All are constants.

    [TestCaseSource(nameof(Codes))]
    public void FromSam_EachCode_HasItsPlace(string code)
    {
        string[] places =
        [
            .. OfTheSam.Keys.Where(c => c == code), .. NotTheClientsDoing.Where(c => c == code), .. NeverOfTheSam.Where(c => c == code),
        ];
        Assert.That(places, Has.Length.EqualTo(1));
        Problem problem = Unavailable.Contains(code) ? Problem.Unavailable : Problem.NotAllowed;

        CscException told = CscErrors.From(new PeerException(SamClient.Name, PeerOutcome.Refused, problem, code, "internal text"), CscFace.V1);

        Assert.That($"{told.Status} {told.Body.Error}: {told.Message}", Is.EqualTo(OfTheSam.GetValueOrDefault(code, Failure)));
    }

    [TestCase(ProblemCodes.DeviceMissing, "400 invalid_request: Missing (or invalid type) object parameter deviceApproval")]
    [TestCase(ProblemCodes.DeviceInvalid, "400 invalid_request: Invalid parameter devices")]
    [TestCase(ProblemCodes.ContentUnknown, "400 invalid_request: Invalid parameter deviceApproval")]
    [TestCase(ProblemCodes.ContentExpired, "400 invalid_request: Device approval expired")]
    [TestCase(ProblemCodes.RegistrationExpired, "400 invalid_request: Device registration expired")]
    public void FromAuthorization_CodesOfDevices(string code, string expected)
    {
        CscException told = CscErrors.From(
            new PeerException(AuthorizationClient.Name, PeerOutcome.Refused, Problem.InvalidRequest, code, "internal text"), CscFace.V1);

        Assert.That($"{told.Status} {told.Body.Error}: {told.Message}", Is.EqualTo(expected));
    }
}
