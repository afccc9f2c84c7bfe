using System.Security.Cryptography;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary><c>POST /sam/v1/key_pairs</c> (SAM-18): a key pair that belongs to nobody yet.</summary>
internal sealed class GenerateKeyPairEndpoint(IHsm hsm, HsmThreads threads, Infrastructure infrastructure, KeySealer sealer)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        GenerateKeyPairRequest asked = await request.ReadAsync(StrictJson.Sam.GenerateKeyPairRequest);
        KeyAlgorithm algorithm = KeyAlgorithm.FromTemplate(asked.KeyTemplate);
        request.Draft.Add(algorithm);
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(Generate(algorithm)));
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status201Created, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }

    private SealedKey Generate(KeyAlgorithm algorithm)
    {
        string keyEncryptionKey = infrastructure.KeyEncryptionKeyOf(infrastructure.Generation);
        WrappedKeyPair wrapped = algorithm.IsRsa
            ? hsm.GenerateWrappedRsa(keyEncryptionKey, algorithm.Bits)
            : hsm.GenerateWrappedEcdsa(keyEncryptionKey, algorithm.Curve);
        return new SealedKey
        {
            KeyId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
            Version = 1,
            Algorithm = algorithm,
            Generation = infrastructure.Generation,
            PublicKeyInfo = wrapped.PublicKeyInfo,
            WrappedPrivateKey = wrapped.WrappedPrivateKey,
        };
    }
}
