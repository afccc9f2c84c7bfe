using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>The course of a key of policy device, with every version that a thief of databases could have.</summary>
/// <param name="Generated">Version 1.</param>
/// <param name="Assigned">Version 2.</param>
/// <param name="Enabled">Version 3, which may sign.</param>
internal sealed record DeviceKey(KeyPair Generated, KeyPair Assigned, KeyPair Enabled)
{
    public static async Task<DeviceKey> EnrolAsync(TestNode node, TestDevice device, string signer = TestKey.Signer)
    {
        KeyPair generated = (await node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        var skad = TestSkad.For(node, generated, await node.EpochAsync(), signer: signer);
        DeviceRegistration registration = device.Register(skad.ContentText);
        KeyPair assigned = (await node.Client.AssignAsync(
            Request(generated, signer, registration), skad.Sign(node.As1, registration))).KeyPair;
        KeyPair enabled = (await node.Client.ChangeStatusAsync(assigned, signer, true, true, TestKey.Certificate(assigned))).KeyPair;
        return new DeviceKey(generated, assigned, enabled);
    }

    public static AssignKeyPairRequest Request(KeyPair pair, string signer, params DeviceRegistration[] devices) =>
        new(pair, new Signer(signer), TestKey.Subject, KeyPurposes.Signature, KeyPolicies.Device, devices);

    /// <summary>A request without an approval.</summary>
    public static SignaturesRequest NewRequest(KeyPair pair, string signer = TestKey.Signer) => new(
        [new SignatureRequest(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32))], pair, new Signer(signer), Oids.EcdsaWithSha256);
}
