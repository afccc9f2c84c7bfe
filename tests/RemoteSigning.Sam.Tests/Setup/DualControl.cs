using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>A second operator with an approval key, made and used with openssl, so that an approval owes nothing to our code.</summary>
internal sealed class DualControl
{
    private readonly string _folder = Directory.CreateTempSubdirectory("approvals-").FullName;

    public DualControl(string name = "operator-2")
    {
        Name = name;
        Sandbox.Commands.Run("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", KeyFile]);
        PublicKey = Sandbox.Commands.Run("openssl", ["ec", "-in", KeyFile, "-pubout"]);
    }

    public string Name { get; }

    public string PublicKey { get; }

    public string KeyFile => Path.Combine(_folder, "approval.key");

    /// <summary>Adds this operator to a static configuration and turns dual control on.</summary>
    public void TurnOn(JsonObject node)
    {
        node["dual_control"] = true;
        node["operators"]!.AsArray().Add(new JsonObject
        {
            ["id"] = Name,
            ["public_key"] = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256),
            ["approval_key"] = PublicKey,
        });
    }

    public string Approve(byte[] content, string infrastructure, DateTimeOffset now) => Sign(
        $"{{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"{Name}\",\"aud\":\"{infrastructure}\",\"iat\":{now.ToUnixTimeSeconds()}}}", content);

    /// <summary>A JWS with detached content and any header.</summary>
    public string Sign(string header, byte[] content)
    {
        string encoded = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header));
        string input = Path.Combine(_folder, "input");
        string output = Path.Combine(_folder, "output");
        File.WriteAllText(input, $"{encoded}.{Base64Url.EncodeToString(content)}");
        Sandbox.Commands.Run("openssl", ["dgst", "-sha256", "-sign", KeyFile, "-out", output, input]);
        return $"{encoded}..{Base64Url.EncodeToString(ToFixedWidth(File.ReadAllBytes(output)))}";
    }

    /// <summary>As a file that <c>admin import</c> takes.</summary>
    public string ApproveInFile(string content, string infrastructure, DateTimeOffset now)
    {
        string file = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, Approve(File.ReadAllBytes(content), infrastructure, now));
        return file;
    }

    /// <summary>openssl writes DER, a JWS has r‖s (RFC 7518, 3.4).</summary>
    private static byte[] ToFixedWidth(byte[] der)
    {
        var reader = new System.Formats.Asn1.AsnReader(der, System.Formats.Asn1.AsnEncodingRules.DER);
        var sequence = reader.ReadSequence();
        return [.. Number(sequence.ReadIntegerBytes().ToArray()), .. Number(sequence.ReadIntegerBytes().ToArray())];

        static byte[] Number(byte[] value) => value.Length > 32 ? value[^32..] : [.. new byte[32 - value.Length], .. value];
    }
}
