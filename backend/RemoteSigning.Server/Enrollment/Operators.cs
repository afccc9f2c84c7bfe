using System.Security.Cryptography;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Options;

namespace RemoteSigning.Server.Enrollment;

/// <summary>Who may use the administration listener, known by the public keys of their TLS certificates.</summary>
internal sealed class Operators
{
    private const string Role = "operator";

    private readonly List<RegisteredClient> _registered;

    public Operators(IEnumerable<OperatorOptions> options) =>
        _registered = [.. options.Select(o => new RegisteredClient(o.Id, Role, ReadKey(o.PublicKey)))];

    public RegisteredClient? Find(byte[] publicKeyInfo) =>
        _registered.FirstOrDefault(o => o.PublicKeyInfo.AsSpan().SequenceEqual(publicKeyInfo));

    private static byte[] ReadKey(string file)
    {
        string pem = File.ReadAllText(file);
        return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
    }
}
