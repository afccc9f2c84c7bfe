namespace RemoteSigning.Contracts.Enrollment;

/// <param name="Code">One of <see cref="ProblemCodes"/>.</param>
public sealed record ResealFailure(string Signer, string Credential, string Code);
