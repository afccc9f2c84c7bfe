using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Contracts.Tests;

public sealed class ActivationSetTests
{
    private static readonly ActivationEntry A = new(Oids.Sha256WithRsa, null, [.. Enumerable.Repeat((byte)0xaa, 32)]);
    private static readonly ActivationEntry B = new(Oids.EcdsaWithSha256, null, [.. Enumerable.Repeat((byte)0xbb, 32)]);

    [Test]
    public void Digest_AnyOrder_IsTheSame() =>
        Assert.That(ActivationSet.Digest([A, B, A]), Is.EqualTo(ActivationSet.Digest([B, A, A])));

    [Test]
    public void Digest_Multiplicity_Counts() =>
        Assert.That(ActivationSet.Digest([A, B]), Is.Not.EqualTo(ActivationSet.Digest([A, A, B])));

    [Test]
    public void Digest_NullAndEmptyParameters_AreTheSame() =>
        Assert.That(ActivationSet.Digest([A with { Parameters = [] }]), Is.EqualTo(ActivationSet.Digest([A])));

    [Test]
    public void Digest_BytesMovedBetweenFields_Differs() =>
        Assert.That(
            ActivationSet.Digest([A with { Parameters = [1], Digest = [2, 3] }]),
            Is.Not.EqualTo(ActivationSet.Digest([A with { Parameters = [1, 2], Digest = [3] }])));

    /// <summary>The encoding written out, because several processes compute it.</summary>
    [Test]
    public void Digest_OneEntry_IsTheHashOfTheDocumentedBytes()
    {
        byte[] encoded =
        [
            0, 0, 0, 21, .. "1.2.840.113549.1.1.11"u8,
            0, 0, 0, 0,
            0, 0, 0, 32, .. Enumerable.Repeat((byte)0xaa, 32),
        ];

        Assert.That(ActivationSet.Digest([A]), Is.EqualTo(System.Security.Cryptography.SHA256.HashData(encoded)));
    }
}
