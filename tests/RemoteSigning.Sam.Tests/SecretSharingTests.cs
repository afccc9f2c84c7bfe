using System.Globalization;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Tests;

/// <summary>Shares of a secret: enough of them give it, fewer do not, and libgfshare agrees.</summary>
public sealed class SecretSharingTests
{
    [TestCase(2, 2)]
    [TestCase(2, 3)]
    [TestCase(3, 5)]
    [TestCase(16, 16)]
    public void Combine_AnyThreshold_GivesTheSecret(int threshold, int count)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        byte[][] shares = SecretSharing.Split(secret, threshold, count);
        for (int from = 0; from + threshold <= count; from++)
        {
            (int, byte[])[] some = [.. Enumerable.Range(from, threshold).Reverse().Select(i => (i + 1, shares[i]))];

            Assert.That(Combine(some), Is.EqualTo(secret));
        }
    }

    [Test]
    public void Combine_OneTooFewOrOneWrong_GivesSomethingElse()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        byte[][] shares = SecretSharing.Split(secret, 3, 5);
        byte[] wrong = [.. shares[2]];
        wrong[0] ^= 1;

        Assert.That(Combine([(1, shares[0]), (2, shares[1])]), Is.Not.EqualTo(secret));
        Assert.That(Combine([(1, shares[0]), (2, shares[1]), (3, wrong)]), Is.Not.EqualTo(secret));
        Assert.That(Combine([(1, shares[0]), (2, shares[1]), (4, shares[2])]), Is.Not.EqualTo(secret));
    }

    [TestCase(1, 3)]
    [TestCase(4, 3)]
    [TestCase(2, 17)]
    public void Split_ImpossibleNumbers_Refused(int threshold, int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SecretSharing.Split(new byte[32], threshold, count));

    [Test]
    public void Split_SharesForLibgfshare_ItCombinesThem()
    {
        string folder = Directory.CreateTempSubdirectory("shares-").FullName;
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        byte[][] shares = SecretSharing.Split(secret, 3, 5);
        string[] files = [.. ((int[])[2, 3, 5]).Select(n => Write(n))];
        string output = Path.Combine(folder, "secret");

        Sandbox.Commands.Run("gfcombine", ["-o", output, .. files]);

        Assert.That(File.ReadAllBytes(output), Is.EqualTo(secret));

        string Write(int number)
        {
            string file = Path.Combine(folder, "share." + number.ToString("000", CultureInfo.InvariantCulture));
            File.WriteAllBytes(file, shares[number - 1]);
            return file;
        }
    }

    private static byte[] Combine((int, byte[])[] shares)
    {
        byte[] secret = new byte[32];
        SecretSharing.Combine(shares, secret);
        return secret;
    }
}
