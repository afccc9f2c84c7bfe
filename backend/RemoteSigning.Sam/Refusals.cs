using RemoteSigning.Contracts;

namespace RemoteSigning.Sam;

/// <summary>
/// The SAM's refusals. What is told outside is one general sentence for each code; the exact reason goes
/// into the audit record only.
/// </summary>
internal static class Refusals
{
    private const int LongestReason = 500;

    /// <param name="code">One of <see cref="ProblemCodes"/>.</param>
    /// <param name="reason">For the audit record; holds no secret. It may quote the caller, so it is cut to 500 characters.</param>
    public static ProblemException Create(string code, string reason, Exception? cause = null)
    {
        (Problem problem, string text) = Describe(code);
        string kept = reason.Length <= LongestReason ? reason : reason[..LongestReason];
        return new ProblemException(problem, code, text, new RefusalReason(kept, cause));
    }

    /// <summary>A refusal whose exact reason is told, as the operator who gets it has to mend what it is about.</summary>
    public static ProblemException Tell(string code, string reason, Exception? cause = null)
    {
        ProblemException refusal = Create(code, reason, cause);
        return new ProblemException(refusal.Problem, code, refusal.InnerException!.Message, refusal.InnerException); // Made right above.
    }

    private static (Problem Problem, string Text) Describe(string code) => code switch
    {
        ProblemCodes.Malformed => (Problem.InvalidRequest, "The request is not what this function takes."),
        ProblemCodes.TooLarge => (Problem.InvalidRequest, "The request is too large."),
        ProblemCodes.NotFound => (Problem.InvalidRequest, "There is no such function."),
        ProblemCodes.Conflict => (Problem.InvalidRequest, "The key pair is not in a state that allows this."),
        ProblemCodes.CallerUnknown or ProblemCodes.RoleForbidden => (Problem.NotAllowed, "The caller may not use this function."),
        ProblemCodes.SadMissing => (Problem.NotSignedIn, "Signature activation data are missing."),
        ProblemCodes.SadInvalid or ProblemCodes.SadExpired or ProblemCodes.SadUsed or ProblemCodes.SadWrongNode
            or ProblemCodes.SadWrongEpoch or ProblemCodes.SadWrongSigner or ProblemCodes.SadWrongKey
            or ProblemCodes.SadWrongSet => (Problem.NotAllowed, "The signature activation data do not allow this signature."),
        ProblemCodes.AssuranceTooLow => (Problem.NotAllowed, "The signer was not authenticated well enough."),
        ProblemCodes.DeviceMissing => (Problem.NotAllowed, "The approval of a device is missing."),
        ProblemCodes.DeviceInvalid or ProblemCodes.DeviceUsed => (Problem.NotAllowed, "The device did not approve this."),
        ProblemCodes.SkadMissing => (Problem.NotSignedIn, "The data of the signer's agreement (SKAD) are missing."),
        ProblemCodes.SkadInvalid or ProblemCodes.SkadExpired or ProblemCodes.SkadUsed or ProblemCodes.SkadWrongNode
            or ProblemCodes.SkadWrongEpoch or ProblemCodes.SkadWrongRequest => (
                Problem.NotAllowed, "The data of the signer's agreement (SKAD) do not allow this assignment."),
        ProblemCodes.IntegrityError => (Problem.DataInvalid, "The key pair is not genuine."),
        ProblemCodes.KeyAssigned => (Problem.InvalidRequest, "The key pair is assigned already."),
        ProblemCodes.KeyOutdated or ProblemCodes.KeyDeleted or ProblemCodes.KeyNotAssigned or ProblemCodes.KeyNotCertified
            or ProblemCodes.KeyDisabled or ProblemCodes.KeyExpired => (Problem.CredentialUnusable, "The key pair cannot be used."),
        ProblemCodes.WrongSigner => (Problem.NotAllowed, "The key pair belongs to another signer."),
        ProblemCodes.WrongPurpose => (Problem.NotAllowed, "The key pair serves another purpose."),
        ProblemCodes.AlgorithmUnsupported => (Problem.UnsupportedAlgorithm, "The algorithm is not supported."),
        ProblemCodes.DigestLength => (Problem.DataLength, "A digest does not have the length of its algorithm."),
        ProblemCodes.ConfigurationInvalid => (Problem.InvalidRequest, "The configuration cannot be."),
        ProblemCodes.ConfigurationOutdated => (Problem.InvalidRequest, "The configuration is not newer than the one in force."),
        ProblemCodes.ApprovalRequired or ProblemCodes.ApprovalInvalid => (Problem.NotAllowed, "A second operator must approve this."),
        ProblemCodes.HeadUnknown => (Problem.InvalidRequest, "This node does not know that log head."),
        ProblemCodes.AuditUnavailable => (Problem.Unavailable, "The request cannot be recorded; nothing was released."),
        ProblemCodes.HsmUnavailable => (Problem.Unavailable, "The cryptographic module does not answer."),
        ProblemCodes.HsmBusy => (Problem.Unavailable, "The cryptographic module is busy."),
        ProblemCodes.ModuleLocked => (Problem.Unavailable, "The module is locked. An operator must look at the machine."),
        ProblemCodes.ServiceUnavailable => (Problem.Unavailable, "The service cannot do this now."),
        _ => (Problem.Internal, "The service failed. Its log knows why."),
    };
}
