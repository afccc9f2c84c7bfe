using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Signing;

/// <summary>What one signHash call asks for, after everything that can be checked here was checked.</summary>
/// <param name="ClientId">The application that asks.</param>
/// <param name="Sad">The CSC <c>SAD</c>.</param>
/// <param name="WhenActivated">Called as soon as the SAD was taken, so that the rest may be done without the caller.</param>
/// <param name="Consent">For a credential whose signatures a device approves.</param>
internal sealed record SignatureOrder(
    string AccessToken,
    string ClientId,
    string Sad,
    Credential Credential,
    SignatureAlgorithm Algorithm,
    IReadOnlyList<byte[]> Digests,
    Action? WhenActivated = null,
    DeviceConsent? Consent = null);
