using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Authorization.Tests;

/// <summary>A key that waits for the devices of its signer.</summary>
internal sealed record DeviceCase(TestServer Server, TestSigner Signer, DeviceRegistrationRequest Request, DeviceRegistrationOffer Offer)
{
    public const string Origin = "https://sign.example.com";

    public static async Task<DeviceCase> BeginAsync(
        TestServer server, TestSigner signer, Func<DeviceRegistrationRequest, DeviceRegistrationRequest>? change = null)
    {
        DeviceRegistrationRequest request = New(signer);
        request = change?.Invoke(request) ?? request;
        return new DeviceCase(server, signer, request, await server.Ssa.BeginDevicesAsync(request));
    }

    public static DeviceRegistrationRequest New(TestSigner signer)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        return new DeviceRegistrationRequest(
            id, TestSigner.KeyOf(id), [1, 2, 3], signer.Id, "CN=A Signer", KeyPurposes.Signature, TestServer.Node, ActivationCase.Epoch, new byte[32], 3);
    }

    /// <summary>What a device answers, as far as the authorization server looks.</summary>
    public static DeviceRegistration Answer(string content, string type = "webauthn.create", string origin = Origin) => new(
        Encoding.UTF8.GetBytes(
            $$"""{"type":"{{type}}","challenge":"{{Base64Url.EncodeToString(DeviceChallenge.ForAssignment(content))}}","origin":"{{origin}}"}"""),
        RandomNumberGenerator.GetBytes(100));

    /// <summary>With a code of another time step for each call.</summary>
    public SkadRequest Skad(params DeviceRegistration[] devices) => new(
        Signer.Token, Offer.Registration, devices.Length == 0 ? [Answer(Offer.Content)] : devices, Signer.Pin, Signer.Code());

    /// <summary>With a minted SKAD and registered as a credential, as after an assignment.</summary>
    public static async Task<DeviceCase> CompleteAsync(TestServer server, TestSigner signer, string scal = "1")
    {
        DeviceCase begun = await BeginAsync(server, signer);
        await server.Ssa.MintSkadAsync(begun.Skad());
        Assert.That(await server.Ssa.TryRegisterAsync(begun.Credential(scal)), Is.EqualTo("201"));
        return begun;
    }

    public CredentialRegistration Credential(string scal = "1") => new(
        Request.CredentialId, Request.KeyId, Signer.Id, scal, "explicit", true, false, 100, Policy: KeyPolicies.Device);
}
