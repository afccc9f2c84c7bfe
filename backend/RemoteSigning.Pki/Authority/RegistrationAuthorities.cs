using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Authority;

/// <summary>The registered registration authorities, known by their public keys.</summary>
internal sealed class RegistrationAuthorities(IEnumerable<RegistrationAuthorityOptions> options)
{
    private const string Role = "registration-authority";

    private readonly List<RegisteredClient> _clients = [.. options.Select(Load)];

    public RegisteredClient? Find(byte[] publicKeyInfo) =>
        _clients.Find(c => c.PublicKeyInfo.AsSpan().SequenceEqual(publicKeyInfo));

    private static RegisteredClient Load(RegistrationAuthorityOptions options)
    {
        try
        {
            string pem = File.ReadAllText(options.PublicKey);
            PemFields fields = PemEncoding.Find(pem);
            byte[] publicKeyInfo = Convert.FromBase64String(pem[fields.Base64Data]);
            PublicKey key = PublicKey.CreateFromSubjectPublicKeyInfo(publicKeyInfo, out int read);
            return pem[fields.Label] == "PUBLIC KEY" && read == publicKeyInfo.Length
                ? new RegisteredClient(options.Id, Role, key.ExportSubjectPublicKeyInfo())
                : throw new CryptographicException("Not a PEM file with one PUBLIC KEY.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            throw new CommandException(
                $"The public key of the registration authority {options.Id} cannot be read from {options.PublicKey}: {e.Message}", e);
        }
    }
}
