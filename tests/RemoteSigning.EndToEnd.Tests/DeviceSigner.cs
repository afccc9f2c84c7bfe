using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Tests;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>A new signer with a device in software, and what signer and device do at the CSC API.</summary>
internal sealed class DeviceSigner : IDisposable
{
    private static int s_count;

    private DeviceSigner(SandboxDescription.Signer account, CscCaller caller, DevicesAwaited awaited) =>
        (Account, Caller, Awaited) = (account, caller, awaited);

    public SandboxDescription.Signer Account { get; }

    public CscCaller Caller { get; }

    /// <summary>What the operator got.</summary>
    public DevicesAwaited Awaited { get; }

    public TestDevice Device { get; } = TestDevice.NewEcdsa();

    /// <summary>A signer whose new key waits for devices.</summary>
    public static async Task<DeviceSigner> BeginAsync(KeyTemplate key, string scal = "1", string policy = KeyPolicies.Device)
    {
        OperatorClient officer = SharedSandbox.Instance.Operator;
        string email = $"device{Interlocked.Increment(ref s_count)}@example.com";
        string password = Convert.ToHexString(RandomNumberGenerator.GetBytes(12));
        Account account = await officer.CreateAccountAsync(new AccountRequest(email, "Device", "Signer", password, SampleSigner.Pin), default);
        await officer.CreateSignerAsync(new SignerRequest(account.Signer, email, "Device", "Signer"), default);
        DevicesAwaited awaited = await officer.AwaitDevicesAsync(
            account.Signer,
            new CredentialRequest(
                "With a device", key, KeyPurposes.Signature, scal, "explicit", true, false, Policy: policy, TermsDigest: new byte[32]),
            default);
        var signer = new SandboxDescription.Signer(account.Signer, email, password, account.TotpSecret!, SampleSigner.Pin, []);
        return new DeviceSigner(signer, await CscCaller.LoginAsync(SharedSandbox.Instance.Description, signer), awaited);
    }

    /// <summary>A signer whose device is registered.</summary>
    public static async Task<DeviceSigner> EnrollAsync(KeyTemplate key, string scal = "1")
    {
        DeviceSigner signer = await BeginAsync(key, scal);
        CscAnswer answer = await signer.RegisterAsync(await signer.ContentAsync());
        Assert.That((int)answer.Status, Is.EqualTo(204), answer.ToString());
        return signer;
    }

    public async Task<string> ContentAsync() => (string)(await ShowAsync(Awaited.Code)).Body["content"]!;

    public Task<CscAnswer> ShowAsync(string code) => Caller.PostAsync(
        "../../card/v1/device_registrations", new JsonObject { ["credentialID"] = Awaited.Id, ["code"] = code });

    /// <param name="step">Of the one-time code: a code is good once, and for three steps.</param>
    public Task<CscAnswer> RegisterAsync(
        string content, string? code = null, string pin = SampleSigner.Pin, int step = 0, DeviceRegistration? answer = null, bool withDevice = true)
    {
        DeviceRegistration registration = answer ?? Device.Register(content);
        var body = new JsonObject
        {
            ["credentialID"] = Awaited.Id,
            ["code"] = code ?? Awaited.Code,
            ["PIN"] = pin,
            ["OTP"] = Totp.Code(Account.TotpSecret, DateTimeOffset.UtcNow.AddSeconds(30 * step)),
            ["devices"] = new JsonArray(new JsonObject
            {
                ["id"] = Base64Url.EncodeToString(Device.CredentialId),
                ["clientDataJSON"] = Base64Url.EncodeToString(registration.ClientDataJson),
                ["attestationObject"] = Base64Url.EncodeToString(registration.AttestationObject),
            }),
        };
        if (!withDevice)
        {
            body.Remove("devices");
        }

        return Caller.PostAsync("../../card/v1/devices", body);
    }

    public async Task<string> AuthorizeAsync(params byte[][] hashes) =>
        (await Caller.AuthorizeAsync(Awaited.Id, hashes)).Sad ?? throw new InvalidOperationException("No SAD.");

    /// <summary>What the device is to approve.</summary>
    public async Task<CscAnswer> PrepareAsync(string sad, byte[] hash, string signAlgo) =>
        await Caller.PostAsync("../../card/v1/approvals", Body(sad, hash, signAlgo));

    /// <summary>Shows what is to be approved, as whoever knows the hash: refuses another one, and lets the device answer.</summary>
    public JsonObject Approve(CscAnswer prepared, byte[] hash, string signAlgo, Func<string, DeviceApproval>? answer = null) =>
        Approve(prepared.Body, hash, signAlgo, answer);

    private JsonObject Approve(JsonObject prepared, byte[] hash, string signAlgo, Func<string, DeviceApproval>? answer)
    {
        string content = (string?)prepared["content"] ?? throw new InvalidOperationException(prepared.ToJsonString());
        ActivationContent shown = JsonSerializer.Deserialize(content, ActivationJson.Default.ActivationContent)!;
        string set = Base64Url.EncodeToString(ActivationSet.Digest([new ActivationEntry(signAlgo, null, hash)]));
        Assert.That((shown.SetDigest, shown.Count, shown.Signer), Is.EqualTo((set, 1, Account.Id)));
        DeviceApproval approval = answer?.Invoke(content) ?? Device.Approve(content);
        return new JsonObject
        {
            ["approval"] = (string)prepared["approval"]!,
            ["id"] = Base64Url.EncodeToString(approval.CredentialId),
            ["authenticatorData"] = Base64Url.EncodeToString(approval.AuthenticatorData),
            ["clientDataJSON"] = Base64Url.EncodeToString(approval.ClientDataJson),
            ["signature"] = Base64Url.EncodeToString(approval.Signature),
        };
    }

    /// <summary>Asks for a signature that is approved elsewhere: the handle, and what waits for the signer.</summary>
    public async Task<(string Handle, JsonObject Waiting)> BeginElsewhereAsync(byte[] hash)
    {
        CscAnswer begun = await Caller.PostAsync("../v2/credentials/authorize", new JsonObject
        {
            ["credentialID"] = Awaited.Id,
            ["numSignatures"] = 1,
            ["hashes"] = new JsonArray(Convert.ToBase64String(hash)),
            ["authData"] = new JsonArray(
                new JsonObject { ["id"] = "PIN", ["value"] = SampleSigner.Pin }, new JsonObject { ["id"] = "DEVICE" }),
        });
        Assert.That((int)begun.Status, Is.EqualTo(202), begun.ToString());
        CscAnswer list = await Caller.PostAsync("../../card/v1/waiting_approvals", []);
        return ((string)begun.Body["handle"]!, list.Body["approvals"]!.AsArray().Last()!.AsObject());
    }

    public Task<CscAnswer> CheckAsync(string handle) =>
        Caller.PostAsync("../v2/credentials/authorizeCheck", new JsonObject { ["handle"] = handle });

    /// <summary>At the other place: looks whether the content is made of these hashes, and lets the device answer.</summary>
    public Task<CscAnswer> AnswerAsync(JsonObject waiting, byte[] hash, Func<string, DeviceApproval>? answer = null) => Caller.PostAsync(
        "../../card/v1/approval_answers",
        new JsonObject { ["deviceApproval"] = Approve(waiting, hash, (string)waiting["signAlgo"]!, answer) });

    /// <param name="version">Of the CSC API.</param>
    public Task<CscAnswer> SignAsync(string sad, byte[] hash, string signAlgo, JsonObject? approval, int version = 1)
    {
        JsonObject body = Body(sad, hash, signAlgo);
        if (version == 2)
        {
            body["hashes"] = body["hash"]!.DeepClone();
            body.Remove("hash");
        }

        if (approval is not null)
        {
            body["deviceApproval"] = approval.DeepClone();
        }

        return Caller.PostAsync($"../v{version}/signatures/signHash", body);
    }

    /// <summary>The key of the certificate, as a file for openssl.</summary>
    public async Task<string> WriteKeyAsync(string folder)
    {
        using var certificate = await CertificateKey.GetAsync(Caller, Awaited.Id);
        string file = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(file, PemEncoding.WriteString("PUBLIC KEY", certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        return file;
    }

    public void Dispose()
    {
        Caller.Dispose();
        Device.Dispose();
    }

    private JsonObject Body(string sad, byte[] hash, string signAlgo) => new()
    {
        ["credentialID"] = Awaited.Id,
        ["SAD"] = sad,
        ["hash"] = new JsonArray(Convert.ToBase64String(hash)),
        ["signAlgo"] = signAlgo,
    };
}
