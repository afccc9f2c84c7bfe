using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class SmtpSenderTests
{
    private const string Text = "Line one\n.\n..dots\nwith \u00fcml\u00e4uts and 123456";

    private static readonly CodeMessage Message = new("A subject", Text);

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public async Task Send_OverTlsWithPassword_Arrives(bool implicitTls, bool onlyLogin)
    {
        using MailCatcher mail = await StartAsync(implicitTls, onlyLogin);

        await Sender(Options(mail, implicitTls)).SendAsync("a.person+tag@example.com", Message, CancellationToken.None);

        string read = mail.Read("a.person+tag@example.com").Single().ReplaceLineEndings("\n");
        Assert.That(
            read,
            Is.EqualTo($"From: Dienst f\u00fcr alle <codes@example.com>\nTo: a.person+tag@example.com\nSubject: A subject\n\n{Text}").Or.EqualTo(
                $"From: Dienst f\u00fcr alle <codes@example.com>\nTo: a.person+tag@example.com\nSubject: A subject\n\n{Text}\n"));
        string raw = await File.ReadAllTextAsync(Directory.GetFiles(mail.Folder, "*.eml").Single());
        Assert.That(raw, Does.Contain("Auto-Submitted: auto-generated").And.Contain("Date: Fri, 15 Jan 2027 08:00:15 +0000"));
        Assert.That(raw.All(char.IsAscii));
        Assert.That(raw.Split('\n').Max(l => l.TrimEnd('\r').Length), Is.LessThanOrEqualTo(78));
    }

    [Test]
    public async Task Send_LongSubjectWithLineEndsAndUmlauts_StaysOneSubject()
    {
        using MailCatcher mail = await StartAsync();
        string subject = string.Concat(Enumerable.Repeat("Pr\u00fcfung \ud83d\udd11 ", 20)) + "end";

        await Sender(Options(mail)).SendAsync("a@example.com", Message with { Subject = subject }, CancellationToken.None);

        Assert.That(mail.Read("a@example.com").Single(), Does.Contain($"\nSubject: {subject}\n\n"));
        string raw = await File.ReadAllTextAsync(Directory.GetFiles(mail.Folder, "*.eml").Single());
        Assert.That(raw.Split('\n').Max(l => l.TrimEnd('\r').Length), Is.LessThanOrEqualTo(84));
    }

    [Test]
    public async Task Send_ValuesWithLineEnds_BeginNoHeader()
    {
        using MailCatcher mail = await StartAsync();

        await Sender(Options(mail)).SendAsync("a@example.com", Message with { Subject = "x\r\nBcc: b@example.com" }, CancellationToken.None);

        string raw = await File.ReadAllTextAsync(Directory.GetFiles(mail.Folder, "*.eml").Single());
        Assert.That(raw, Does.Not.Contain("Bcc"));
    }

    [Test]
    public async Task Send_WrongPassword_SaysSoWithoutIt()
    {
        using MailCatcher mail = await StartAsync();
        SmtpOptions options = Options(mail);
        options.PasswordFile = Path.Combine(TestWorld.Folder, "wrong.password");
        OwnerOnly.Write(options.PasswordFile, "not the password");

        Assert.That(await ReasonAsync(options), Is.EqualTo("the mail server answered AUTH with 535"));
    }

    [Test]
    public async Task Send_WithoutAuthentication_IsRefusedByThisServer()
    {
        using MailCatcher mail = await StartAsync();
        SmtpOptions options = Options(mail);
        (options.UserName, options.PasswordFile) = (null, null);

        Assert.That(await ReasonAsync(options), Is.EqualTo("the mail server answered MAIL with 530"));
    }

    [TestCase("refused@example.com", "the mail server answered RCPT with 550")]
    [TestCase("quoted@example.com", "the mail server answered the message with 554")]
    public async Task Send_MessageThatIsNotTaken_TellsTheNumberAlone(string address, string reason)
    {
        using MailCatcher mail = await StartAsync();

        Assert.That(await ReasonAsync(Options(mail), address), Is.EqualTo(reason));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Send_ServerOfAnotherRoot_IsNotBelieved(bool implicitTls)
    {
        using MailCatcher mail = await StartAsync(implicitTls);
        using var other = new TlsAuthority();
        SmtpOptions options = Options(mail, implicitTls);
        options.TrustedRoot = Path.Combine(TestWorld.Folder, "other-root.pem");
        await File.WriteAllTextAsync(options.TrustedRoot, other.RootPem);

        Assert.That(await ReasonAsync(options), Does.StartWith("the connection to the mail server failed: The remote certificate"));
        options.TrustedRoot = null;
        Assert.That(await ReasonAsync(options), Does.StartWith("the connection to the mail server failed: The remote certificate"));
        Assert.That(mail.Read("a@example.com"), Is.Empty);
    }

    [Test]
    public async Task Send_ServerWithoutStartTls_GetsNothing()
    {
        await using var server = new ScriptedMailServer("220 hello", "250-hello\r\n250 AUTH PLAIN", "");

        Assert.That(await ReasonAsync(Options(server)), Is.EqualTo("the mail server offers no STARTTLS"));
        await server.Ended;
        Assert.That(server.Heard, Is.EqualTo(new[] { "EHLO [127.0.0.1]", "" }));
    }

    [Test]
    public async Task Send_WordsBeforeTheHandshake_EndIt()
    {
        await using var server = new ScriptedMailServer("220 hello", "250 STARTTLS", "220 go\r\n250 AUTH PLAIN");

        Assert.That(await ReasonAsync(Options(server)), Is.EqualTo("the mail server said something between STARTTLS and the handshake"));
    }

    [TestCase("554 go away", "the mail server answered the greeting with 554")]
    [TestCase("hello", "the mail server's answer to the greeting is no reply")]
    [TestCase("", "the mail server hung up at the greeting")]
    [TestCase("220-hello", "the mail server did not answer in time")]
    public async Task Send_ServerThatMisbehaves_IsGivenUp(string greeting, string reason)
    {
        await using var server = new ScriptedMailServer(greeting);

        Assert.That(await ReasonAsync(Options(server)), Is.EqualTo(reason));
    }

    [Test]
    public async Task Send_AnswerWithoutEnd_IsGivenUp()
    {
        await using var line = new ScriptedMailServer(new string('2', 5000));
        await using var lines = new ScriptedMailServer(string.Join("\r\n", Enumerable.Repeat("220-more", 200)));

        Assert.That(await ReasonAsync(Options(line)), Is.EqualTo("the mail server's answer to the greeting is too long"));
        Assert.That(await ReasonAsync(Options(lines)), Is.EqualTo("the mail server's answer to the greeting is no reply"));
    }

    [Test]
    public void Sender_PasswordThatOthersMayRead_StopsTheStart()
    {
        string file = Path.Combine(TestWorld.Folder, "open.password");
        File.WriteAllText(file, "secret");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.That(
            () => Sender(new SmtpOptions { Host = "localhost", From = "a@example.com", UserName = "a", PasswordFile = file }),
            Throws.InvalidOperationException.With.Message.Contains("others may open it"));
    }

    private static async Task<MailCatcher> StartAsync(bool implicitTls = false, bool onlyLogin = false)
    {
        MailCatcher mail = CodeWorld.NewMail(implicitTls, onlyLogin);
        await mail.StartAsync(CancellationToken.None);
        return mail;
    }

    private static SmtpOptions Options(MailCatcher mail, bool implicitTls = false) => new()
    {
        Host = MailCatcher.Host,
        Port = mail.Port,
        Security = implicitTls ? SmtpOptions.Implicit : SmtpOptions.StartTls,
        TrustedRoot = TestWorld.TlsRoot,
        From = "codes@example.com",
        UserName = MailCatcher.UserName,
        PasswordFile = mail.PasswordFile,
    };

    private static SmtpOptions Options(ScriptedMailServer server) => new() { Host = "127.0.0.1", Port = server.Port, From = "codes@example.com" };

    private static SmtpSender Sender(SmtpOptions options) =>
        new(options, "Dienst f\u00fcr alle", new ManualClock(DateTimeOffset.FromUnixTimeSeconds(1_800_000_015)));

    private static async Task<string> ReasonAsync(SmtpOptions options, string address = "a@example.com")
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.Host == "127.0.0.1" ? 2 : 60));
        try
        {
            await Sender(options).SendAsync(address, Message, deadline.Token);
            return "sent";
        }
        catch (DeliveryException e)
        {
            Assert.That(e.ToString(), Does.Not.Contain("123456").And.Not.Contain("Line one"));
            return e.Message;
        }
    }
}
