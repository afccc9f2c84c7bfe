using System.Security.Cryptography;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Sam.Configuration;

/// <summary>Proves that a token's keys are those of an infrastructure file, each by its use, and that the file is genuine.</summary>
internal static class ModuleProof
{
    /// <exception cref="StartException">A key is another one, or the file was changed.</exception>
    public static void Check(IHsm hsm, InfrastructureFile file)
    {
        if (!file.IsAuthentic(text => hsm.Hmac(file.FloorKey, text)))
        {
            throw new StartException(
                $"The token's key {file.FloorKey} is not the one of sam_infrastructure.json, or the file was changed. "
                + "Use the module's token and the file that admin create wrote.");
        }

        foreach (KeyGeneration generation in file.Generations.Where(g => !g.IsRetired))
        {
            Check(hsm, generation);
        }

        byte[] digest = RandomNumberGenerator.GetBytes(32);
        using ECDsa sealing = hsm.OpenEcdsa(file.SealingKey);
        byte[] signature = sealing.SignHash(digest);
        if (!EcdsaVerifier.FromPem(file.SealingPublicKey).Use(k => k.VerifyHash(digest, signature)))
        {
            throw Other(file.SealingKey);
        }
    }

    private static void Check(IHsm hsm, KeyGeneration generation)
    {
        if (generation.Proof is not { } proof)
        {
            return; // Of a file that an older program made.
        }

        byte[] digest = RandomNumberGenerator.GetBytes(32);
        using ECDsa expected = ECDsa.Create();
        expected.ImportSubjectPublicKeyInfo(proof.PublicKeyInfo, out _);
        if (!expected.VerifyHash(digest, Unwrap(hsm, generation.Label, proof, digest)))
        {
            throw Other(generation.Label);
        }
    }

    private static byte[] Unwrap(IHsm hsm, string label, InfrastructureFile.KeyProof proof, byte[] digest)
    {
        try
        {
            return hsm.SignWithWrapped(
                label, proof.Wrapped, isRsa: false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, digest)])[0];
        }
        catch (HsmException e)
        {
            throw Other(label, e);
        }
    }

    private static StartException Other(string label, Exception? cause = null) => new(
        $"The token's key {label} is not the one of sam_infrastructure.json. Use the token with which this module was created.", cause);
}
