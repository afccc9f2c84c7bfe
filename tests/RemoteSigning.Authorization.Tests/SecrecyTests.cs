using System.Buffers.Text;
using System.Text;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class SecrecyTests
{
    [Test]
    public async Task Secrets_OfAWholeLife_AreInNoLogAndNotInTheDatabase()
    {
        await using TestServer server = await TestServer.StartAsync();
        TestSigner signer = await TestSigner.CreateAsync(server, rememberMe: true);
        await server.Operator.TryResetPinAsync(signer.Id, "unusual pin 1");
        string credential = await signer.AddCredentialAsync(pin: true, otp: true);
        string code = signer.Code();
        var request = new TransactionRequest(
            signer.Token, credential, 1, Pin: "unusual pin 1", Otp: code, Description: "A description of theirs");
        Transaction transaction = await server.Ssa.ApproveAsync(request);
        var activationRequest = new ActivationRequest(
            signer.Token, transaction.Sad, credential, TestServer.Node, ActivationCase.Epoch, [ActivationCase.Entry()]);
        Activation activation = await server.Ssa.ActivateAsync(activationRequest);
        Session renewed = await server.Ssa.RefreshAsync(signer.Session.RefreshToken ?? "");

        await server.Ssa.TrySignInAsync(signer.Account.Email, "unusual password 2");
        await server.Ssa.TrySignInAsync("unusual login 3", signer.Password);
        await server.Ssa.TryVerifyPinAsync(signer.Token, "unusual pin 4");
        await server.Ssa.TryApproveAsync(request with { Otp = "777777" });
        await server.Ssa.TryActivateAsync(activationRequest);
        await server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? "");
        await server.Ssa.TryQueryAsync("unusual token 5");
        await server.Ssa.TryAsync("pin_verifications", """{"access_token":"unusual token 6","pin":unusual pin 7}""");
        await server.Ssa.TryAsync("sessions", """{"login":"unusual login 8","password":{"unusual":"password 9"}}""");

        string[] secrets =
        [
            signer.Password, signer.Account.TotpSecret ?? "", signer.Token, signer.Session.RefreshToken ?? "", "unusual", code, "777777",
            transaction.Sad, activation.SamSad, renewed.AccessToken, renewed.RefreshToken ?? "",
        ];
        string logs = server.Logs.Text;
        Assert.That(logs, Does.Contain("2031 ").And.Contain("2020 ").And.Contain("Executed DbCommand"), "The capture works.");
        string rows = Dump(server);
        Assert.That(rows, Does.Contain(signer.Account.Email).And.Contain("A description of theirs"), "The dump works.");
        foreach (string secret in secrets)
        {
            Assert.That(secret, Is.Not.Empty);
            Assert.That(logs, Does.Not.Contain(secret));
            Assert.That(rows, Does.Not.Contain(secret));
            Assert.That(rows, Does.Not.Contain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret))));
        }

        string raw = Convert.ToHexStringLower(Base32Reader.Read(signer.Account.TotpSecret ?? ""));
        Assert.That(rows, Does.Not.Contain(raw));
        Assert.That(rows, Does.Not.Contain(Convert.ToHexStringLower(Base64Url.DecodeFromChars(transaction.Sad))));
    }

    /// <summary>All rows as the database's own tool writes them; bytes are in hex.</summary>
    internal static string Dump(TestServer server)
    {
        var connection = new Npgsql.NpgsqlConnectionStringBuilder(server.ConnectionString);
        return Commands.Run(
            "pg_dump",
            ["--data-only", "--schema=authz", "-h", connection.Host ?? "", "-U", connection.Username ?? "", connection.Database ?? ""],
            new Dictionary<string, string> { ["PGPASSWORD"] = connection.Password ?? "" });
    }
}
