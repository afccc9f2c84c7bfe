using RemoteSigning.Authorization.Factors;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>A signer with account and session.</summary>
internal sealed record TestSigner(TestServer Server, Account Account, string Password, string Pin, Session Session)
{
    public const string DefaultPin = "12345678";
    public const string WrongPin = "87654321";

    private static int s_count;

    public string Id => Account.Signer;

    public string Token => Session.AccessToken;

    public static async Task<TestSigner> CreateAsync(
        TestServer server, bool rememberMe = false, string? phoneNumber = null, string? email = null)
    {
        int number = Interlocked.Increment(ref s_count);
        string password = $"correct horse {number}";
        Account account = await server.Operator.CreateAccountAsync(
            new AccountRequest(
                email ?? $"signer{number}@example.com", "Given", $"Family {number}", password, DefaultPin, phoneNumber));
        Session session = await server.Ssa.SignInAsync(account.Email, password, rememberMe);
        return new TestSigner(server, account, password, DefaultPin, session);
    }

    /// <summary>The code that an authenticator app shows at the server's time, or some steps away from it.</summary>
    public string Code(int steps = 0) =>
        Totp.Code(Base32Reader.Read(Account.TotpSecret ?? ""), Totp.StepAt(Server.Clock.GetUtcNow()) + steps);

    /// <summary>A code that is not that of any step in reach.</summary>
    public string WrongCode() => Enumerable.Range(0, 10).Select(i => $"00000{i}")
        .First(c => Enumerable.Range(-3, 7).All(step => Code(step) != c));

    /// <summary>Registers a credential; the key has the same id.</summary>
    public async Task<string> AddCredentialAsync(
        string scal = "1", bool pin = true, bool otp = false, int multisign = 1000, string authMode = "explicit",
        string? channel = null)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        Assert.That(
            await Server.Ssa.TryRegisterAsync(new CredentialRegistration(id, KeyOf(id), Id, scal, authMode, pin, otp, multisign, channel)),
            Is.EqualTo("201"));
        return id;
    }

    public static string KeyOf(string credentialId) => $"key-of-{credentialId}";
}
