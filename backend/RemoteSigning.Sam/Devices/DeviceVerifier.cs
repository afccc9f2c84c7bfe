using System.Buffers.Text;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// The factor that is checked by nobody but the SAM: registrations (WebAuthn Level 3, 7.1) and approvals (7.2) of device
/// keys. Where those clauses leave a choice, it is here: no attestation is trusted, counters are not used, extensions are
/// read and mean nothing.
/// </summary>
internal static class DeviceVerifier
{
    private const int LongestSignature = 512;

    /// <summary>Checks that one of the devices approved exactly this content.</summary>
    /// <param name="content">The content of the SAD as it travelled.</param>
    /// <returns>The device that did.</returns>
    /// <exception cref="ProblemException">None did.</exception>
    public static Device CheckApproval(IReadOnlyList<Device> devices, string content, DeviceApproval? approval)
    {
        if (approval is null)
        {
            throw Refusals.Create(ProblemCodes.DeviceMissing, "the key's policy demands the approval of a device");
        }

        Device device = devices.FirstOrDefault(d => d.CredentialId.AsSpan().SequenceEqual(approval.CredentialId))
            ?? throw DeviceRefusal.Because("the credential is not one of the key's devices");
        ClientData.Check(approval.ClientDataJson, ClientData.Approval, DeviceChallenge.ForActivation(content), device.Origins);
        AuthenticatorData.Read(approval.AuthenticatorData, device.RpIdHash, isRegistration: false);
        using DevicePublicKey key = DevicePublicKey.Read(device.CoseKey);
        CheckSignature(key, approval.AuthenticatorData, approval.ClientDataJson, approval.Signature);
        return device;
    }

    /// <summary>Checks that a new device was registered for exactly this content.</summary>
    /// <param name="content">The content of the SKAD as it travelled.</param>
    /// <exception cref="ProblemException">It was not.</exception>
    public static Device CheckRegistration(RelyingParty party, string content, DeviceRegistration registration)
    {
        ClientData.Check(registration.ClientDataJson, ClientData.Registration, DeviceChallenge.ForAssignment(content), party.Origins);
        AttestationObject attestation = AttestationObject.Read(registration.AttestationObject);
        AuthenticatorData data = AuthenticatorData.Read(attestation.AuthenticatorData, party.RpIdHash, isRegistration: true);
        AuthenticatorData.NewCredential credential = data.Credential ?? throw DeviceRefusal.Because("there is no new credential");
        using DevicePublicKey key = DevicePublicKey.Read(credential.CoseKey);
        if (attestation.Self is { } own)
        {
            if (own.Algorithm != key.Algorithm)
            {
                throw DeviceRefusal.Because("the attestation has another algorithm than the credential");
            }

            CheckSignature(key, attestation.AuthenticatorData, registration.ClientDataJson, own.Signature);
        }

        return new Device(party.RpIdHash, party.Origins, credential.Id, credential.CoseKey);
    }

    /// <summary>How a credential is named in a record.</summary>
    public static string NameOf(Device device) => Base64Url.EncodeToString(SHA256.HashData(device.CredentialId));

    private static void CheckSignature(DevicePublicKey key, byte[] authenticatorData, byte[] clientDataJson, byte[] signature)
    {
        if (signature.Length > LongestSignature
            || !key.Verifies([.. authenticatorData, .. SHA256.HashData(clientDataJson)], signature))
        {
            throw DeviceRefusal.Because("the signature is not by the device's key");
        }
    }
}
