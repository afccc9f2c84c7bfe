using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Two tokens with the same keys.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class FailoverTests
{
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    private HsmOptions _options = null!;
    private string _twin = "";
    private WrappedKeyPair _wrapped = null!;
    private ECDsa _public = null!;

    [SetUp]
    public void SetUp()
    {
        _options = SharedToken.NewToken();
        using (Hsm hsm = Hsm.Open(_options))
        {
            hsm.GenerateKeyEncryptionKey("kek");
            _wrapped = hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        }

        _public = ECDsa.Create();
        _public.ImportSubjectPublicKeyInfo(_wrapped.PublicKeyInfo, out _);
        _twin = CopyToken(_options.TokenLabel);
        _options.Standby.Add(new StandbyToken { TokenLabel = _twin, PinFile = _options.PinFile });
    }

    [TearDown]
    public void TearDown() => _public.Dispose();

    [Test]
    public void SignWithWrapped_TokensComeAndGo_TheOtherOneSigns()
    {
        using Hsm hsm = Hsm.Open(_options);
        using var first = new RawToken(_options.TokenLabel);
        using var second = new RawToken(_twin);
        AssertSigns(hsm, _options.TokenLabel);

        first.MoveAway();
        AssertSigns(hsm, _twin);
        long generation = hsm.LoginGeneration;
        Assert.That(generation, Is.EqualTo(2), "what was remembered about single use is void");

        first.MoveBack();
        AssertSigns(hsm, _twin);
        Assert.That(hsm.LoginGeneration, Is.EqualTo(generation), "nothing is lost, so nothing changes");

        second.MoveAway();
        AssertSigns(hsm, _options.TokenLabel);
        second.MoveBack();
    }

    [Test]
    public void SignWithWrapped_BothGone_FailsUntilOneIsBack()
    {
        using Hsm hsm = Hsm.Open(_options);
        using var first = new RawToken(_options.TokenLabel);
        using var second = new RawToken(_twin);
        first.MoveAway();
        second.MoveAway();

        Assert.That(() => Sign(hsm), Throws.InstanceOf<HsmException>());

        second.MoveBack();
        AssertSigns(hsm, _twin);
        first.MoveBack();
    }

    [Test]
    public void Open_FirstTokenMissing_TakesTheStandby()
    {
        string label = _options.TokenLabel;
        _options.TokenLabel = "missing";

        using Hsm hsm = Hsm.Open(_options);

        AssertSigns(hsm, _twin);
        Assert.That(label, Is.Not.EqualTo(hsm.TokenLabel));
    }

    [Test]
    public void Open_PinOfTheFirstTokenWrong_FailsAndDoesNotGoOnWithTheStandby()
    {
        string pinFile = Path.Combine(SharedToken.Store.Folder, "wrong.pin");
        OwnerOnly.Write(pinFile, "00000000");
        _options.PinFile = pinFile;

        Assert.That(() => Hsm.Open(_options), Throws.InstanceOf<HsmException>().With.Message.Contains("C_Login"));
    }

    /// <summary>A token with the same PIN and keys, under a new label and serial number.</summary>
    private static string CopyToken(string label)
    {
        string[] slots = Commands.Run(
            "softhsm2-util", ["--show-slots"],
            new Dictionary<string, string> { [SharedToken.Store.Environment.Key] = SharedToken.Store.Environment.Value }).Split("Slot ");
        string serial = slots.Single(s => s.Contains(label, StringComparison.Ordinal)).Split('\n')
            .Single(l => l.Contains("Serial number:", StringComparison.Ordinal)).Split(':')[1].Trim();
        string folder = Directory.EnumerateDirectories(SharedToken.Store.TokenFolder)
            .Single(f => Find(File.ReadAllBytes(Path.Combine(f, "token.object")), label) >= 0);
        string copy = Directory.CreateDirectory(Path.Combine(SharedToken.Store.TokenFolder, Guid.NewGuid().ToString())).FullName;
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        string newLabel = Guid.NewGuid().ToString("N");
        string newSerial = RandomNumberGenerator.GetHexString(serial.Length, lowercase: true);
        byte[] token = File.ReadAllBytes(Path.Combine(copy, "token.object"));
        Encoding.ASCII.GetBytes(newLabel).CopyTo(token, Find(token, label));
        Encoding.ASCII.GetBytes(newSerial).CopyTo(token, Find(token, serial));
        File.WriteAllBytes(Path.Combine(copy, "token.object"), token);
        return newLabel;
    }

    private static int Find(byte[] content, string text) => content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));

    private static byte[] Sign(Hsm hsm, byte[] wrapped) => hsm.SignWithWrapped(
        "kek", wrapped, isRsa: false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest)])[0];

    private byte[] Sign(Hsm hsm) => Sign(hsm, _wrapped.WrappedPrivateKey);

    private void AssertSigns(Hsm hsm, string label)
    {
        Assert.That(_public.VerifyHash(Digest, Sign(hsm)));
        Assert.That(hsm.TokenLabel, Is.EqualTo(label));
    }
}
