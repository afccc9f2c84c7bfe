using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Signing;

/// <summary>What one signHash call asks for, after everything that can be checked here was checked.</summary>
/// <param name="Sad">The CSC <c>SAD</c>.</param>
internal sealed record SignatureOrder(
    string AccessToken, string Sad, Credential Credential, SignatureAlgorithm Algorithm, IReadOnlyList<byte[]> Digests);
