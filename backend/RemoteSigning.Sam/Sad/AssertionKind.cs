using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Sam.Sad;

/// <summary>What an authorization server asserts, and how its refusals are called.</summary>
internal sealed record AssertionKind(
    string Name, string JwsType, int MaximumLength, string Invalid, string WrongNode, string WrongEpoch, string Expired, string Used)
{
    public static AssertionKind Sad { get; } = new(
        "SAD",
        SadClaims.JwsType,
        SadClaims.MaximumLength,
        ProblemCodes.SadInvalid,
        ProblemCodes.SadWrongNode,
        ProblemCodes.SadWrongEpoch,
        ProblemCodes.SadExpired,
        ProblemCodes.SadUsed);

    public static AssertionKind Skad { get; } = new(
        "SKAD",
        SkadClaims.JwsType,
        SkadClaims.MaximumLength,
        ProblemCodes.SkadInvalid,
        ProblemCodes.SkadWrongNode,
        ProblemCodes.SkadWrongEpoch,
        ProblemCodes.SkadExpired,
        ProblemCodes.SkadUsed);
}
