using System.Runtime.Versioning;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class PinTests
{
    [Test]
    public void Open_WrongPin_FailsWithPinIncorrect()
    {
        HsmOptions options = SharedToken.NewToken();
        OwnerOnly.Write(options.PinFile, "00000000");

        Assert.That(() => Hsm.Open(options), Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(Ckr.PinIncorrect));
    }

    [Test]
    public void Operations_PinChangedAndLoginLost_TryItOnceAndNeverAgain()
    {
        HsmOptions options = SharedToken.NewToken();
        string pin = File.ReadAllText(options.PinFile);
        using Hsm hsm = Hsm.Open(options);
        hsm.GenerateEcdsa("key", ECCurve.NamedCurves.nistP256);
        using ECDsa key = hsm.OpenEcdsa("key");
        using var raw = new RawToken(options.TokenLabel);
        OwnerOnly.Write(options.PinFile, "00000000");
        raw.CloseAllSessions();

        Threads.Run(16, _ =>
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.That(
                    () => key.SignHash(new byte[32]),
                    Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(Ckr.PinIncorrect));
            }
        });

        Assert.That(hsm.Token.LoginAttempts, Is.EqualTo(2));
        OwnerOnly.Write(options.PinFile, pin);
        Assert.That(() => hsm.Probe(), Throws.InstanceOf<HsmException>(), "not even when the file is right again");
        Assert.That(hsm.Token.LoginAttempts, Is.EqualTo(2));
        using Hsm anew = Hsm.Open(options);
        Assert.That(anew.Exists("key"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void Open_PinFileOthersMayRead_IsRefusedWithoutLogin()
    {
        HsmOptions options = SharedToken.NewToken();
        File.SetUnixFileMode(options.PinFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.That(() => Hsm.Open(options), Throws.InstanceOf<HsmException>().With.Message.Contains("chmod 600"));
    }

    [TestCase("")]
    [TestCase("\n")]
    public void Open_PinFileEmpty_IsRefused(string content)
    {
        HsmOptions options = SharedToken.NewToken();
        OwnerOnly.Write(options.PinFile, content);

        Assert.That(() => Hsm.Open(options), Throws.InstanceOf<HsmException>().With.Message.Contains("empty"));
    }

    [Test]
    public void Open_PinFileTooLong_IsRefusedNotCutOff()
    {
        HsmOptions options = SharedToken.NewToken();
        OwnerOnly.Write(options.PinFile, new string('1', PinFile.MaxLength));

        Assert.That(() => Hsm.Open(options), Throws.InstanceOf<HsmException>().With.Message.Contains("too long"));
    }

    [Test]
    public void Open_PinFileMissing_IsNamed()
    {
        HsmOptions options = SharedToken.NewToken();
        File.Delete(options.PinFile);

        Assert.That(() => Hsm.Open(options), Throws.InstanceOf<HsmException>().With.Message.Contains(options.PinFile));
    }

    [Test]
    public void Open_PinFileWithLineEnd_Works()
    {
        HsmOptions options = SharedToken.NewToken();
        OwnerOnly.Write(options.PinFile, File.ReadAllText(options.PinFile) + "\r\n");

        using Hsm hsm = Hsm.Open(options);

        Assert.That(hsm.Exists("anything"), Is.False);
    }

    [Test]
    public void Read_Always_LeavesNothingBeyondThePin()
    {
        string file = Path.Combine(SharedToken.Store.Folder, "line.pin");
        OwnerOnly.Write(file, "1234\n");
        Span<byte> buffer = stackalloc byte[PinFile.MaxLength];

        int length = PinFile.Read(file, buffer);

        Assert.That(buffer[..length].ToArray(), Is.EqualTo("1234"u8.ToArray()));
    }
}
