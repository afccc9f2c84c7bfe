using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC API 2.0.0.2.</summary>
internal sealed class CscFace2 : CscFace
{
    /// <summary>More objects than any expression could name.</summary>
    private const int MostAuthenticationData = 16;

    /// <summary>What most signatures have; other salts are taken too, as long as they fit the modulus.</summary>
    private static readonly string[] PssParameters =
        [.. KeyInfo.Digests.Select(d => Convert.ToBase64String(new SignatureAlgorithm(SignatureScheme.RsaPss, d, d.Length).Parameters()))];

    public override int Version => 2;

    public override string Specs => "2.0.0.2";

    public override string Hashes => "hashes";

    public override string HashAlgorithm => "hashAlgorithmOID";

    public override string Sentence(string text) => text;

    public override string MalformedHeader(string method) => "Malformed authorization header";

    public override string ExpiredCertificate(Credential credential) => "Signing certificate is expired";

    public override CscException? FactorRefusal(string code) => code switch
    {
        ProblemCodes.PinMissing or ProblemCodes.OtpMissing => CscException.Missing("array", "authData"),
        ProblemCodes.PinInvalid or ProblemCodes.OtpInvalid => CscErrors.WrongAuthenticationData(),
        ProblemCodes.PinLocked or ProblemCodes.OtpLocked => CscErrors.Locked(),
        _ => null,
    };

    public override SignerFactors ReadFactors(CscRequest body)
    {
        var factors = new SignerFactors(null, null);
        var seen = new HashSet<string>();
        foreach (CscRequest data in body.OptionalObjects("authData", MostAuthenticationData))
        {
            string id = data.OptionalString("id", InvalidData) ?? throw InvalidData();
            string? value = data.OptionalString("value", InvalidData);
            factors = seen.Add(id) ? factors.With(id, value) ?? throw InvalidData() : throw InvalidData();
        }

        return factors;
    }

    public override DigestAlgorithm? ReadApprovedDigest(CscRequest body) =>
        body.OptionalString(HashAlgorithm) is not { } oid ? null
        : KeyInfo.Digests.FirstOrDefault(d => d.Oid == oid) ?? throw CscException.InvalidParameter(HashAlgorithm);

    public override AsynchronousOperation? ReadOperation(CscRequest body) => AsynchronousOperation.Read(body);

    /// <remarks>Documents are not signed yet, so there is neither a format nor a level.</remarks>
    public override InfoResponse Complete(InfoResponse common) => common with
    {
        AsynchronousOperationMode = true,
        ValidationInfo = false,
        SignAlgorithms = new SignAlgorithms([.. KeyInfo.AllAlgorithmOids], PssParameters),
        SignatureFormats = new SignatureFormats([]),
        ConformanceLevels = [],
    };

    public override IResult AnswerInfo(HttpContext context, CredentialView view) =>
        CscAnswer.Json(context, Describe(view), CscJson.Default.CredentialsInfoResponseV2);

    /// <param name="id">In <c>credentials/list</c>, where a description has to name its credential.</param>
    public static CredentialsInfoResponseV2 Describe(CredentialView view, string? id = null)
    {
        Credential credential = view.Credential;
        return new CredentialsInfoResponseV2(
            id,
            credential.Label,
            view.Key,
            view.Certificate,
            new CredentialAuth(credential.AuthMode, null, view.WithFactors ? Objects(view) : null),
            credential.Scal,
            credential.Multisign,
            InfoEndpoint.Language);
    }

    /// <summary>Without an <c>expression</c> all of them are needed.</summary>
    private static List<AuthenticationObject> Objects(CredentialView view)
    {
        Credential credential = view.Credential;
        var objects = new List<AuthenticationObject>();
        if (credential.Pin)
        {
            objects.Add(new("Password", SignerFactors.PinId, "A", null, SignerFactors.PinLabel, SignerFactors.PinDescription));
        }

        if (credential.Otp)
        {
            bool isSent = credential.OtpChannel is not null;
            objects.Add(new(
                isSent ? "PasswordOOB" : "Password",
                SignerFactors.OtpId,
                "N",
                isSent ? null : SignerFactors.OtpGenerator,
                SignerFactors.OtpLabel,
                SignerFactors.OtpDescription(view.CodesGoTo)));
        }

        if (credential.HasDevices)
        {
            objects.Add(new("ChallengeResponseOOB", SignerFactors.DeviceId, null, null, SignerFactors.DeviceLabel, SignerFactors.DeviceDescription));
        }

        return objects;
    }

    private static CscException InvalidData() => CscException.InvalidParameter("authData");
}
