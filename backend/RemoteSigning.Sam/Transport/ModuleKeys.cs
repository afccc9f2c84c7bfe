using System.Security.Cryptography;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Transport;

/// <summary>Makes a module's keys in a token, and puts them into the tokens of further nodes.</summary>
internal sealed class ModuleKeys(Hsm hsm, TextWriter output)
{
    private const string KeyEncryptionKey = "sam-kek";
    private const string SealingKey = "sam-sealing";
    private const string AuditKey = "sam-audit";
    private const string FloorKey = "sam-floor";

    /// <summary>Makes what is missing of keys that never leave the token.</summary>
    public InfrastructureFile Create()
    {
        Ensure(KeyEncryptionKey, hsm.GenerateKeyEncryptionKey);
        Ensure(SealingKey, label => hsm.GenerateEcdsa(label, ECCurve.NamedCurves.nistP256));
        Ensure(FloorKey, hsm.GenerateHmacKey);
        return Describe(null);
    }

    /// <summary>Makes keys that travel: wrapped under a transport key of which each officer gets a share.</summary>
    /// <exception cref="StartException">The token holds such keys already.</exception>
    public InfrastructureFile Create(int threshold, IReadOnlyList<Passphrase> officers, int iterations)
    {
        if (Array.Find([KeyEncryptionKey, SealingKey, FloorKey], hsm.Exists) is { } taken)
        {
            throw new StartException($"The token holds a key {taken} already. Keys for other tokens are made in an empty token, as a key cannot be made to leave later.");
        }

        using TransportKey transport = TransportKey.Generate();
        var keys = new KeyTransport(hsm);
        WrappedKeyPair sealing = keys.GenerateEcdsa(transport.Wrapping);
        var transfer = new KeyTransfer(
            threshold,
            [],
            keys.GenerateKeyEncryptionKey(transport.Wrapping),
            sealing.WrappedPrivateKey,
            keys.GenerateHmacKey(transport.Wrapping),
            []);
        Restore(transport, KeyEncryptionKey, SealingKey, FloorKey, transfer, sealing.PublicKeyInfo);
        InfrastructureFile file = Describe(transfer);
        file = file with { Transfer = transfer with { Shares = Share(transport, threshold, officers, iterations, file.ShareContext) } };
        file = file with { Transfer = file.Transfer with { Mac = transport.Authenticate(file.Travelling()) } };
        return file.Authenticate(FloorMac);
    }

    /// <summary>True when the token holds the module's keys already: a token that several nodes share, or a second try.</summary>
    public bool Holds(InfrastructureFile file) =>
        hsm.Exists(file.KeyEncryptionKey) && hsm.Exists(file.SealingKey) && hsm.Exists(file.FloorKey);

    /// <summary>Puts the module's keys into this token.</summary>
    /// <exception cref="StartException">The shares are not this file's, or the file was changed.</exception>
    public void Restore(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        KeyTransfer transfer = file.Transfer
            ?? throw new StartException("The infrastructure file holds no keys for other tokens: they were made to stay in their HSM. Use a token that has them.");
        using TransportKey transport = TransportKey.Combine(shares);
        if (!CryptographicOperations.FixedTimeEquals(transfer.Mac, transport.Authenticate(file.Travelling())))
        {
            throw new StartException("The infrastructure file was changed, or a share is of another file: nothing of it was used.");
        }

        Restore(
            transport, file.KeyEncryptionKey, file.SealingKey, file.FloorKey, transfer, PublicKeyPem.Decode(file.SealingPublicKey));
    }

    /// <summary>Makes the node's own key for its log, where it is missing; returns its public half, PEM.</summary>
    public string EnsureAuditKey(string label)
    {
        Ensure(label, made => hsm.GenerateEcdsa(made, ECCurve.NamedCurves.nistP256));
        return PublicKey(label);
    }

    private static List<OfficerShare> Share(
        TransportKey transport, int threshold, IReadOnlyList<Passphrase> officers, int iterations, string context)
    {
        byte[][] shares = transport.Split(threshold, officers.Count);
        List<OfficerShare> made = [.. officers.Select((o, i) => OfficerShare.Seal(i + 1, shares[i], o.Text, iterations, context))];
        Array.ForEach(shares, s => CryptographicOperations.ZeroMemory(s));
        return made;
    }

    private void Restore(
        TransportKey transport, string keyEncryptionKey, string sealingKey, string floorKey, KeyTransfer transfer, byte[] sealingPublicKey)
    {
        var keys = new KeyTransport(hsm);
        Ensure(keyEncryptionKey, label => keys.RestoreKeyEncryptionKey(label, transport.Wrapping, transfer.KeyEncryptionKey));
        Ensure(sealingKey, label => keys.RestoreEcdsa(label, transport.Wrapping, new WrappedKeyPair(transfer.SealingKey, sealingPublicKey)));
        Ensure(floorKey, label => keys.RestoreHmacKey(label, transport.Wrapping, transfer.FloorKey));
    }

    private InfrastructureFile Describe(KeyTransfer? transfer)
    {
        WrappedKeyPair proof = hsm.GenerateWrappedEcdsa(KeyEncryptionKey, ECCurve.NamedCurves.nistP256);
        var file = new InfrastructureFile(
            InfrastructureFile.CurrentVersion,
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            KeyEncryptionKey,
            SealingKey,
            AuditKey,
            FloorKey,
            PublicKey(SealingKey),
            new InfrastructureFile.KeyProof(proof.WrappedPrivateKey, proof.PublicKeyInfo),
            transfer,
            []);
        return file.Authenticate(FloorMac);
    }

    private byte[] FloorMac(byte[] text) => hsm.Hmac(FloorKey, text);

    private void Ensure(string label, Action<string> make)
    {
        bool exists = hsm.Exists(label);
        if (!exists)
        {
            make(label);
        }

        output.WriteLine($"Key {label}: {(exists ? "was there" : "made")}.");
    }

    private string PublicKey(string label)
    {
        using ECDsa key = hsm.OpenEcdsa(label);
        return PublicKeyPem.Encode(key.ExportSubjectPublicKeyInfo());
    }
}
