using System.Globalization;
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
        Restore(transport, [new KeyGeneration(1, KeyEncryptionKey, null, transfer.KeyEncryptionKey, false)]);
        Restore(transport, SealingKey, FloorKey, transfer, sealing.PublicKeyInfo);
        InfrastructureFile file = Describe(transfer);
        file = file with { Transfer = transfer with { Shares = Share(transport, threshold, officers, iterations, file.ShareContext) } };
        file = file with { Transfer = file.Transfer with { Mac = transport.Authenticate(file.Travelling()) } };
        return file.Authenticate(FloorMac);
    }

    /// <summary>True when the token holds the module's keys already: a token that several nodes share, or a second try.</summary>
    public bool Holds(InfrastructureFile file) =>
        Missing(file).Count == 0 && hsm.Exists(file.SealingKey) && hsm.Exists(file.FloorKey);

    /// <summary>The generations of the key-encryption key in use that the token does not hold.</summary>
    public IReadOnlyList<KeyGeneration> Missing(InfrastructureFile file) =>
        [.. file.Generations.Where(g => !g.IsRetired && !hsm.Exists(g.Label))];

    /// <summary>Puts the module's keys into this token.</summary>
    /// <exception cref="StartException">The shares are not this file's, or the file was changed.</exception>
    public void Restore(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        KeyTransfer transfer = file.Transfer
            ?? throw new StartException("The infrastructure file holds no keys for other tokens: they were made to stay in their HSM. Use a token that has them.");
        using TransportKey transport = Open(file, shares);
        Restore(transport, file.Generations.Where(g => !g.IsRetired));
        Restore(transport, file.SealingKey, file.FloorKey, transfer, PublicKeyPem.Decode(file.SealingPublicKey));
    }

    /// <summary>Puts into this token what it lacks of the generations of the key-encryption key in use.</summary>
    /// <inheritdoc cref="Restore(InfrastructureFile, IReadOnlyList{ValueTuple{int, byte[]}})"/>
    public void RestoreKeyEncryptionKeys(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        using TransportKey transport = Open(file, shares);
        Restore(transport, Missing(file));
    }

    /// <summary>The file with a further generation of the key-encryption key, which is not proved yet; that key is not in the token yet.</summary>
    /// <exception cref="StartException">As <see cref="Restore(InfrastructureFile, IReadOnlyList{ValueTuple{int, byte[]}})"/>.</exception>
    public InfrastructureFile AddTravelling(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        using TransportKey transport = Open(file, shares);
        KeyTransfer transfer = file.Transfer!; // It was opened.
        string label = NextLabel(file);
        if (hsm.Exists(label))
        {
            throw new StartException($"The token holds a key {label} already, which cannot travel. Rename or destroy it with the HSM's tools.");
        }

        byte[] key = new KeyTransport(hsm).GenerateKeyEncryptionKey(transport.Wrapping);
        return Travel(
            transport, AddLabel(file) with { Transfer = transfer with { LaterKeyEncryptionKeys = [.. transfer.LaterKeyEncryptionKeys ?? [], key] } });
    }

    /// <summary>Puts the newest generation of a travelling file into the token, if it is not there, and proves it in the file.</summary>
    /// <inheritdoc cref="AddTravelling"/>
    public InfrastructureFile CompleteTravelling(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        using TransportKey transport = Open(file, shares);
        Restore(transport, [file.Generations[^1]]);
        return file.Generations[^1].Proof is null ? Travel(transport, Prove(file)) : file;
    }

    /// <summary>The file with a further generation of the key-encryption key, made in the token to stay there, and proved.</summary>
    public InfrastructureFile AddStaying(InfrastructureFile file)
    {
        InfrastructureFile after = AddLabel(file);
        Ensure(after.Generations[^1].Label, hsm.GenerateKeyEncryptionKey);
        return Prove(after).Authenticate(FloorMacOf(file));
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

    /// <exception cref="StartException">The shares are not this file's, or the file was changed.</exception>
    private static TransportKey Open(InfrastructureFile file, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        KeyTransfer transfer = file.Transfer
            ?? throw new StartException("The infrastructure file holds no keys for other tokens: they were made to stay in their HSM.");
        TransportKey transport = TransportKey.Combine(shares);
        if (CryptographicOperations.FixedTimeEquals(transfer.Mac, transport.Authenticate(file.Travelling())))
        {
            return transport;
        }

        transport.Dispose();
        throw new StartException("The infrastructure file was changed, or a share is of another file: nothing of it was used.");
    }

    private static string NextLabel(InfrastructureFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.KeyEncryptionKey}-{file.Generation + 1}");

    private static InfrastructureFile AddLabel(InfrastructureFile file) => file with
    {
        LaterKeyEncryptionKeys = [.. file.LaterKeyEncryptionKeys ?? [], NextLabel(file)],
        LaterKeyEncryptionKeyProofs = [.. file.Generations.Skip(1).Select(g => g.Proof), null],
    };

    /// <summary>With a proof of the newest generation.</summary>
    private InfrastructureFile Prove(InfrastructureFile file)
    {
        WrappedKeyPair proof = hsm.GenerateWrappedEcdsa(file.Generations[^1].Label, ECCurve.NamedCurves.nistP256);
        return file with
        {
            LaterKeyEncryptionKeyProofs =
                [.. file.LaterKeyEncryptionKeyProofs!.SkipLast(1), new InfrastructureFile.KeyProof(proof.WrappedPrivateKey, proof.PublicKeyInfo)],
        };
    }

    /// <summary>Authenticated by both keys.</summary>
    private InfrastructureFile Travel(TransportKey transport, InfrastructureFile file) =>
        (file with { Transfer = file.Transfer! with { Mac = transport.Authenticate(file.Travelling()) } }).Authenticate(FloorMacOf(file));

    private void Restore(TransportKey transport, IEnumerable<KeyGeneration> generations)
    {
        var keys = new KeyTransport(hsm);
        foreach (KeyGeneration generation in generations)
        {
            // The file has the key of each: its form was checked.
            Ensure(generation.Label, label => keys.RestoreKeyEncryptionKey(label, transport.Wrapping, generation.Travelling!));
        }
    }

    private void Restore(TransportKey transport, string sealingKey, string floorKey, KeyTransfer transfer, byte[] sealingPublicKey)
    {
        var keys = new KeyTransport(hsm);
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

    private Func<byte[], byte[]> FloorMacOf(InfrastructureFile file) => text => hsm.Hmac(file.FloorKey, text);

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
