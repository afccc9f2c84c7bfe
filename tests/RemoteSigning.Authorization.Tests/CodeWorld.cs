using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>An authorization server that sends codes through a real mail server and a real HTTP gateway.</summary>
internal sealed class CodeWorld : IAsyncDisposable
{
    public const string PhoneNumber = "+4915112345678";

    private CodeWorld(TestServer server, MailCatcher mail, SmsGateway gateway) => (Server, Mail, Gateway) = (server, mail, gateway);

    public TestServer Server { get; }

    public MailCatcher Mail { get; }

    public SmsGateway Gateway { get; }

    /// <param name="change">Of the section <c>OneTimeCodes</c>.</param>
    public static async Task<CodeWorld> StartAsync(
        Action<Dictionary<string, object>>? change = null, bool implicitTls = false, bool onlyLogin = false)
    {
        MailCatcher mail = NewMail(implicitTls, onlyLogin);
        await mail.StartAsync(CancellationToken.None);
        SmsGateway gateway = await SmsGateway.StartAsync();
        TestServer server = await TestServer.StartAsync(authorization =>
        {
            Dictionary<string, object> section = Section(mail, gateway, implicitTls);
            change?.Invoke(section);
            authorization["OneTimeCodes"] = section;
        });
        return new CodeWorld(server, mail, gateway);
    }

    public static MailCatcher NewMail(bool implicitTls = false, bool onlyLogin = false)
    {
        string folder = Path.Combine(TestWorld.Folder, $"mail-{Guid.NewGuid():N}");
        return new MailCatcher(folder, folder + ".log", TestWorld.Server, implicitTls, onlyLogin);
    }

    /// <summary>A whole section, as an operator writes it.</summary>
    public static Dictionary<string, object> Section(MailCatcher mail, SmsGateway gateway, bool implicitTls = false)
    {
        string secretFile = Path.Combine(TestWorld.Folder, $"sms-{Guid.NewGuid():N}.secret");
        OwnerOnly.Write(secretFile, SmsGateway.Secret);
        return new Dictionary<string, object>
        {
            ["ServiceName"] = "Pr\u00fcfdienst",
            ["DeliverySeconds"] = 20,
            ["Texts"] = new[]
            {
                new
                {
                    Language = "de",
                    Subject = "Ihr Code f\u00fcr {service}, der nur f\u00fcr Sie ist und {minutes} Minuten gilt",
                    Email = "Ihr Code: {code}\nZweck: {description}\nNiemandem sagen.",
                    Sms = "Code {code}",
                },
            },
            ["Smtp"] = Smtp(mail, implicitTls),
            ["Sms"] = new
            {
                Url = new Uri(gateway.Address, "/send") + "?to={number}",
                Headers = new Dictionary<string, string> { ["X-Api-Key"] = "Key {secret}" },
                Body = """{"key":"{secret}","text":"{text}"}""",
                SuccessStatus = new[] { 202 },
                TrustedRoot = TestWorld.TlsRoot,
                SecretFile = secretFile,
            },
        };
    }

    public static Dictionary<string, object> Smtp(MailCatcher mail, bool implicitTls = false) => new()
    {
        ["Host"] = MailCatcher.Host,
        ["Port"] = mail.Port,
        ["Security"] = implicitTls ? "implicit" : "starttls",
        ["TrustedRoot"] = TestWorld.TlsRoot,
        ["From"] = "codes@example.com",
        ["UserName"] = MailCatcher.UserName,
        ["PasswordFile"] = mail.PasswordFile,
    };

    /// <summary>A signer with a credential whose codes are sent.</summary>
    public async Task<CodeCase> SignerAsync(string channel = OtpChannels.Email, bool pin = false, string? email = null)
    {
        TestSigner signer = await TestSigner.CreateAsync(Server, phoneNumber: PhoneNumber, email: email);
        return new CodeCase(this, signer, await signer.AddCredentialAsync(pin: pin, otp: true, channel: channel));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Gateway.DisposeAsync();
        Mail.Dispose();
    }
}

/// <summary>A signer, and one credential of the signer's.</summary>
internal sealed record CodeCase(CodeWorld World, TestSigner Signer, string Credential)
{
    public OneTimeCodeRequest Request => new(Signer.Token, Credential);

    /// <summary>The newest code that came by e-mail.</summary>
    public string Code => World.Mail.ReadCode(Signer.Account.Email);

    /// <summary>A code that is not the newest.</summary>
    public string WrongCode => Code == "000000" ? "000001" : "000000";

    /// <summary>With a token that lives as long again.</summary>
    public async Task<CodeCase> SignInAgainAsync() => this with
    {
        Signer = Signer with { Session = await World.Server.Ssa.SignInAsync(Signer.Account.Email, Signer.Password) },
    };

    public Task<string> TrySendAsync() => World.Server.Ssa.TrySendCodeAsync(Request);

    public Task<string> TryApproveAsync(string code, string? pin = null) =>
        World.Server.Ssa.TryApproveAsync(new TransactionRequest(Signer.Token, Credential, 1, Pin: pin, Otp: code));
}
