using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Keys;

/// <summary>A key belongs to one signer.</summary>
internal static class KeyOwnership
{
    /// <exception cref="ProblemException">The key is nobody's, or somebody else's.</exception>
    public static SealedKey.KeyOwner Check(SealedKey key, Signer signer) => key.Owner switch
    {
        null => throw Refusals.Create(ProblemCodes.KeyNotAssigned, "the key has no owner"),
        { } owner when owner.Signer != signer.Id => throw Refusals.Create(ProblemCodes.WrongSigner, "the key has another owner"),
        { } owner => owner,
    };
}
