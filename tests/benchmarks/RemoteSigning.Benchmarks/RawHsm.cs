using System.Security.Cryptography;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>The physical limit: SoftHSM through our PKCS#11 binding, without anything around it.</summary>
internal sealed class RawHsm : IDisposable
{
    private const string Kek = "bench-kek";

    private readonly Hsm _hsm;

    public RawHsm(string folder)
    {
        var store = new SoftHsm(folder);
        store.UseInThisProcess();
        _hsm = Hsm.Open(new HsmOptions
        {
            Module = SoftHsm.Module,
            TokenLabel = "bench",
            PinFile = store.CreateToken("bench"),
            MaxSessions = 16,
        });
        _hsm.GenerateKeyEncryptionKey(Kek);
        _hsm.GenerateRsa("bench-rsa", 2048);
        _hsm.GenerateEcdsa("bench-ec", ECCurve.NamedCurves.nistP256);
    }

    public async Task<Measurement> SignAsync(string key, int callers, int operations)
    {
        if (key == "P-256")
        {
            using ECDsa ec = _hsm.OpenEcdsa("bench-ec");
            return await Load.RunAsync("raw C_Sign", key, callers, operations, _ =>
            {
                byte[] hash = RandomNumberGenerator.GetBytes(32);
                byte[] signature = ec.SignHash(hash);
                return Task.FromResult<Action?>(() => Check(ec.VerifyHash(hash, signature)));
            });
        }

        using RSA rsa = OpenRsa(key);
        return await Load.RunAsync("raw C_Sign", key, callers, operations, _ =>
        {
            byte[] hash = RandomNumberGenerator.GetBytes(32);
            byte[] signature = rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return Task.FromResult<Action?>(
                () => Check(rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        });
    }

    public Task<Measurement> UnwrapSignDestroyAsync(string key, int callers, int operations)
    {
        bool isRsa = key != "P-256";
        WrappedKeyPair pair = GenerateWrapped(isRsa);
        return Load.RunAsync("raw unwrap+sign+destroy", key, callers, operations, _ =>
        {
            byte[] hash = RandomNumberGenerator.GetBytes(32);
            byte[] signature = UnwrapSignDestroy(pair, isRsa, hash);
            return Task.FromResult<Action?>(() => Check(Signatures.Verify(pair.PublicKeyInfo, hash, signature, der: false)));
        });
    }

    /// <summary>The same with a new key, over a random hash, to be called as often as wanted.</summary>
    public Func<byte[]> PrepareUnwrapSignDestroy(string key)
    {
        bool isRsa = key != "P-256";
        WrappedKeyPair pair = GenerateWrapped(isRsa);
        return () => UnwrapSignDestroy(pair, isRsa, RandomNumberGenerator.GetBytes(32));
    }

    public void Dispose() => _hsm.Dispose();

    private WrappedKeyPair GenerateWrapped(bool isRsa) =>
        isRsa ? _hsm.GenerateWrappedRsa(Kek, 2048) : _hsm.GenerateWrappedEcdsa(Kek, ECCurve.NamedCurves.nistP256);

    private byte[] UnwrapSignDestroy(WrappedKeyPair pair, bool isRsa, byte[] hash)
    {
        var request = new HsmSignature(isRsa ? RSASignaturePadding.Pkcs1 : null, HashAlgorithmName.SHA256, 0, hash);
        return _hsm.SignWithWrapped(Kek, pair.WrappedPrivateKey, isRsa, [request])[0];
    }

    private RSA OpenRsa(string key)
    {
        string label = key == "RSA-3072" ? "bench-rsa-3072" : "bench-rsa";
        if (!_hsm.Exists(label))
        {
            _hsm.GenerateRsa(label, 3072);
        }

        return _hsm.OpenRsa(label);
    }

    private static void Check(bool verified)
    {
        if (!verified)
        {
            throw new BenchmarkException("A signature of the raw HSM does not verify.");
        }
    }
}
