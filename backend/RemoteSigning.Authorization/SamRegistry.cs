using System.Security.Cryptography;
using RemoteSigning.Authorization.Options;

namespace RemoteSigning.Authorization;

/// <summary>The SAM nodes of the configuration with the public keys of their audit logs.</summary>
internal sealed class SamRegistry
{
    private readonly Dictionary<string, byte[]> _auditKeys = [];

    /// <summary>Reads and tries each key, so that a wrong file stops the start.</summary>
    public SamRegistry(AuthorizationOptions options)
    {
        foreach (SamOptions sam in options.Sams)
        {
            _auditKeys.Add(sam.Node, PublicKeyFile.Read(sam.AuditPublicKey));
            OpenAuditKey(sam.Node)?.Dispose();
        }
    }

    public bool Knows(string node) => _auditKeys.ContainsKey(node);

    /// <summary>A key object for the caller alone; null when there is no such node.</summary>
    public ECDsa? OpenAuditKey(string node)
    {
        if (!_auditKeys.TryGetValue(node, out byte[]? publicKeyInfo))
        {
            return null;
        }

        var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(publicKeyInfo, out _);
        return key;
    }
}
