using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>A genuine SKAD for the assignment of a key; tests change what they want to be wrong before it is signed.</summary>
internal sealed record TestSkad(SkadClaims Claims, AssignmentContent Content)
{
    /// <summary>The string that devices answer.</summary>
    public string ContentText => JsonSerializer.Serialize(Content, ActivationJson.Default.AssignmentContent);

    public static TestSkad For(TestNode node, KeyPair pair, string epoch, string policy = KeyPolicies.Device, string signer = TestKey.Signer)
    {
        long now = node.Clock.GetUtcNow().ToUnixTimeSeconds();
        bool isDevice = policy == KeyPolicies.Device;
        var content = new AssignmentContent(
            AssignmentContent.CurrentVersion,
            TestNode.Name,
            epoch,
            pair.KeyId,
            Base64Url.EncodeToString(SHA256.HashData(PublicKeyPem.Decode(pair.PublicKey))),
            signer,
            TestKey.Subject,
            KeyPurposes.Signature,
            policy,
            Base64Url.EncodeToString(SHA256.HashData("the terms"u8)),
            now + 300,
            isDevice ? TestDevice.RpId : null,
            isDevice ? [TestDevice.Origin] : null);
        return new TestSkad(new SkadClaims("as-1", TestNode.Name, epoch, Guid.NewGuid().ToString("N"), now, now + 60, "", []), content);
    }

    public string Sign(ECDsa key, params DeviceRegistration[] devices) => CompactJws.Sign(
        SkadClaims.JwsType,
        "any",
        JsonSerializer.SerializeToUtf8Bytes(
            Claims with { Content = ContentText, Devices = [.. devices.Select(d => Base64Url.EncodeToString(d.Digest()))] },
            ActivationJson.Default.SkadClaims),
        key);
}
