using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Tests;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>Keys whose signatures a device of the signer approves, through all real processes up to the HSM.</summary>
public sealed class DeviceSigningTests
{
    private static readonly KeyTemplate P256 = new("ECDSA", NamedCurve: "secp256r1");

    [TestCase("RSA", "1", 1)]
    [TestCase("ECDSA", "2", 2)]
    public async Task SignHash_ApprovedByTheDevice_VerifiesWithOpenssl(string algorithm, string scal, int version)
    {
        using DeviceSigner signer = await DeviceSigner.EnrollAsync(algorithm == "RSA" ? new KeyTemplate("RSA", Size: 2048) : P256, scal);
        string signAlgo = algorithm == "RSA" ? Oids.Sha256WithRsa : Oids.EcdsaWithSha256;
        byte[] document = RandomNumberGenerator.GetBytes(100);
        byte[] hash = SHA256.HashData(document);
        string sad = await signer.AuthorizeAsync(hash);

        CscAnswer prepared = await signer.PrepareAsync(sad, hash, signAlgo);
        CscAnswer signed = await signer.SignAsync(sad, hash, signAlgo, signer.Approve(prepared, hash, signAlgo), version);

        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        string folder = SharedSandbox.NewFolder();
        await File.WriteAllBytesAsync(Path.Combine(folder, "document"), document);
        await File.WriteAllBytesAsync(Path.Combine(folder, "signature"), signed.Signatures.Single());
        string said = Commands.Run(
            "openssl",
            ["dgst", "-sha256", "-verify", await signer.WriteKeyAsync(folder), "-signature", Path.Combine(folder, "signature"), Path.Combine(folder, "document")]);
        Assert.That(said, Does.Contain("Verified OK"));
        AuditReceipt receipt = await SharedSandbox.Instance.Operator.GetReceiptAsync(hash, default);
        Assert.That(JsonNode.Parse(receipt.Proof.Record)!["devices"]!.AsArray(), Has.Count.EqualTo(1), "the SAM's record names the device");
    }

    /// <summary>The program that signs never sees the device: it gets a handle, and the SAD when the signer has approved at another place.</summary>
    [Test]
    public async Task SignHash_ApprovedElsewhere_SignsWhatTheDeviceSaw()
    {
        using DeviceSigner signer = await DeviceSigner.EnrollAsync(P256, "2");
        using TestDevice thief = TestDevice.NewEcdsa();
        byte[] hash = RandomNumberGenerator.GetBytes(32);

        (string handle, JsonObject waiting) = await signer.BeginElsewhereAsync(hash);
        CscAnswer early = await signer.CheckAsync(handle);
        CscAnswer answered = await signer.AnswerAsync(waiting, hash);
        CscAnswer approved = await signer.CheckAsync(handle);
        CscAnswer signed = await signer.SignAsync((string)approved.Body["SAD"]!, hash, Oids.EcdsaWithSha256, null, version: 2);

        Assert.That((int)early.Status, Is.EqualTo(202), early.ToString());
        Assert.That((int)answered.Status, Is.EqualTo(204), answered.ToString());
        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        using X509Certificate2 certificate = await CertificateKey.GetAsync(signer.Caller, signer.Awaited.Id);
        Assert.That(certificate.Verifies(hash, signed.Signatures.Single(), HashAlgorithmName.SHA256), Is.True);

        (string forged, JsonObject other) = await signer.BeginElsewhereAsync(hash);
        await signer.AnswerAsync(other, hash, content => thief.Approve(content) with { CredentialId = signer.Device.CredentialId });
        CscAnswer given = await signer.CheckAsync(forged);
        CscAnswer refused = await signer.SignAsync((string)given.Body["SAD"]!, hash, Oids.EcdsaWithSha256, null, version: 2);
        Assert.That(Refusal(refused), Is.EqualTo("invalid_request: Invalid parameter deviceApproval"), "the SAM saw that the device did not sign");
    }

    /// <summary>Whoever has session, PIN, SAD and the whole signing server's interface, but not the device.</summary>
    [Test]
    public async Task SignHash_WithoutTheDevice_IsRefused()
    {
        using DeviceSigner signer = await DeviceSigner.EnrollAsync(P256);
        using TestDevice thief = TestDevice.NewEcdsa();
        byte[][] hashes = [.. Enumerable.Range(0, 6).Select(_ => RandomNumberGenerator.GetBytes(32))];
        string sad = await signer.AuthorizeAsync(hashes);
        CscAnswer earlier = await signer.PrepareAsync(sad, hashes[0], Oids.EcdsaWithSha256);
        JsonObject earlierApproval = signer.Approve(earlier, hashes[0], Oids.EcdsaWithSha256);
        Assert.That((await signer.SignAsync(sad, hashes[0], Oids.EcdsaWithSha256, earlierApproval)).Status, Is.EqualTo(HttpStatusCode.OK));
        (string Name, Func<string, DeviceApproval> Answer)[] answers =
        [
            ("another device", thief.Approve),
            ("another device under the id of this one", content => thief.Approve(content) with { CredentialId = signer.Device.CredentialId }),
            ("another content", _ => signer.Device.Approve((string)earlier.Body["content"]!)),
            ("a user who was not verified", content => signer.Device.Approve(
                TestDevice.ClientData("webauthn.get", DeviceChallenge.ForActivation(content)), TestDevice.AuthenticatorData(0x01))),
        ];
        foreach ((string name, Func<string, DeviceApproval> answer) in answers)
        {
            CscAnswer prepared = await signer.PrepareAsync(sad, hashes[1], Oids.EcdsaWithSha256);
            JsonObject approval = signer.Approve(prepared, hashes[1], Oids.EcdsaWithSha256, answer);

            CscAnswer refused = await signer.SignAsync(sad, hashes[1], Oids.EcdsaWithSha256, approval);

            Assert.That(Refusal(refused), Is.EqualTo("invalid_request: Invalid parameter deviceApproval"), name);
        }

        CscAnswer none = await signer.SignAsync(sad, hashes[1], Oids.EcdsaWithSha256, null);
        Assert.That(Refusal(none), Is.EqualTo("invalid_request: Missing (or invalid type) object parameter deviceApproval"));
        CscAnswer again = await signer.SignAsync(sad, hashes[0], Oids.EcdsaWithSha256, earlierApproval);
        Assert.That(Refusal(again), Is.EqualTo("invalid_request: Invalid parameter deviceApproval"), "what was approved is used once");
        CscAnswer otherHash = await signer.SignAsync(sad, hashes[1], Oids.EcdsaWithSha256, earlierApproval);
        Assert.That(Refusal(otherHash), Is.EqualTo("invalid_request: Invalid parameter deviceApproval"));

        CscAnswer last = await signer.PrepareAsync(sad, hashes[1], Oids.EcdsaWithSha256);
        CscAnswer signed = await signer.SignAsync(sad, hashes[1], Oids.EcdsaWithSha256, signer.Approve(last, hashes[1], Oids.EcdsaWithSha256));
        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), "units of refusals that prove that nothing was signed came back");
    }

    [Test]
    public async Task Register_CodeFactorOrAnswerWrong_NothingIsEnrolledUntilAllIsRight()
    {
        using DeviceSigner signer = await DeviceSigner.BeginAsync(P256);
        using TestDevice other = TestDevice.NewEcdsa();
        const string Unknown = "invalid_request: No devices are awaited for this credential and code";
        Assert.That(Refusal(await signer.ShowAsync("0000-0000-0000-0000")), Is.EqualTo(Unknown));
        string content = await signer.ContentAsync();

        Assert.That(Refusal(await signer.RegisterAsync(content, code: "0000-0000-0000-0000")), Is.EqualTo(Unknown));
        Assert.That(Refusal(await signer.RegisterAsync(content, pin: "00000000")), Is.EqualTo("invalid_pin: The PIN is invalid"));
        Assert.That(
            Refusal(await signer.RegisterAsync(content, answer: signer.Device.Register(content + " "))),
            Is.EqualTo("invalid_request: Invalid parameter devices"), "the authorization server sees another challenge");
        DeviceRegistration unverified = signer.Device.Register(
            TestDevice.ClientData("webauthn.create", DeviceChallenge.ForAssignment(content)),
            TestDevice.AuthenticatorData(0x01 | TestDevice.WithCredential, more: signer.Device.CredentialData));
        Assert.That(
            Refusal(await signer.RegisterAsync(content, step: -1, answer: unverified)),
            Is.EqualTo("invalid_request: Invalid parameter devices"), "the SAM sees that the user was not verified");
        EnrolledDevices before = await SharedSandbox.Instance.Operator.ListDevicesAsync(signer.Account.Id, signer.Awaited.Id, default);
        Assert.That((before.Policy, before.Devices.Count), Is.EqualTo((KeyPolicies.Device, 0)));

        CscAnswer registered = await signer.RegisterAsync(content, code: signer.Awaited.Code.ToLowerInvariant(), step: 1);

        Assert.That((int)registered.Status, Is.EqualTo(204), registered.ToString());
        EnrolledDevices after = await SharedSandbox.Instance.Operator.ListDevicesAsync(signer.Account.Id, signer.Awaited.Id, default);
        Assert.That(after.Devices.Single().Id, Is.EqualTo(signer.Device.CredentialId));
        Assert.That(Refusal(await signer.RegisterAsync(content, answer: other.Register(content))), Is.EqualTo(Unknown), "for good");
    }

    /// <summary>A key of policy delegated whose assignment the signer agrees to: factors and code, no device; then as any other.</summary>
    [Test]
    public async Task Register_PolicyDelegatedWithTerms_TakesTheSignersWordToTheSam()
    {
        using DeviceSigner signer = await DeviceSigner.BeginAsync(P256, policy: KeyPolicies.Delegated);
        string content = await signer.ContentAsync();
        byte[] hash = RandomNumberGenerator.GetBytes(32);

        Assert.That(Refusal(await signer.RegisterAsync(content)), Is.EqualTo("invalid_request: Invalid parameter devices"), "none belongs to it");
        Assert.That(
            Refusal(await signer.RegisterAsync(content, pin: "00000000", withDevice: false)), Is.EqualTo("invalid_pin: The PIN is invalid"));
        CscAnswer registered = await signer.RegisterAsync(content, withDevice: false);
        CscAnswer signed = await signer.SignAsync(await signer.AuthorizeAsync(hash), hash, Oids.EcdsaWithSha256, null);

        Assert.That((int)registered.Status, Is.EqualTo(204), registered.ToString());
        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        string keyId = (string)JsonNode.Parse(content)!["key_id"]!;
        AuditRecord assigned = SharedSandbox.Instance.Description.SamNodes.SelectMany(n => AuditLog.Records(n.Log))
            .Single(r => r is { Event: AuditEvents.Assign, Outcome: "success" } && r.KeyId == keyId);
        Assert.That(assigned.TermsDigest, Is.Not.Null, "the SAM has seen the SKAD");
        Assert.That(assigned.Policy, Is.EqualTo(KeyPolicies.Delegated));
    }

    /// <summary>The code is for the signer: another one, signed in as well, has nothing of it.</summary>
    [Test]
    public async Task Register_ByAnotherSigner_IsUnknown()
    {
        using DeviceSigner signer = await DeviceSigner.BeginAsync(P256);
        using CscCaller other = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.Second);

        CscAnswer answer = await other.PostAsync(
            "../../card/v1/device_registrations", new JsonObject { ["credentialID"] = signer.Awaited.Id, ["code"] = signer.Awaited.Code });

        Assert.That(Refusal(answer), Is.EqualTo("invalid_request: No devices are awaited for this credential and code"));
    }

    [Test]
    public async Task Card_CredentialWithoutDevices_TakesNoApproval()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("P-256").Id;
        byte[] hash = new byte[32];
        string? sad = (await caller.AuthorizeAsync(id, [hash])).Sad;
        var body = new JsonObject
        {
            ["credentialID"] = id,
            ["SAD"] = sad,
            ["hash"] = new JsonArray(Convert.ToBase64String(hash)),
            ["signAlgo"] = Oids.EcdsaWithSha256,
        };

        Assert.That(Refusal(await caller.PostAsync("../../card/v1/approvals", body)), Is.EqualTo("invalid_request: Invalid parameter credentialID"));
        body["deviceApproval"] = new JsonObject
        {
            ["approval"] = "a.b.c",
            ["id"] = "AAAA",
            ["authenticatorData"] = "AAAA",
            ["clientDataJSON"] = "AAAA",
            ["signature"] = "AAAA",
        };
        Assert.That(Refusal(await caller.PostAsync("signatures/signHash", body)), Is.EqualTo("invalid_request: Invalid parameter deviceApproval"));
        body["deviceApproval"] = "text";
        Assert.That(
            Refusal(await caller.PostAsync("signatures/signHash", body)),
            Is.EqualTo("invalid_request: Missing (or invalid type) object parameter deviceApproval"));
    }

    private static string Refusal(CscAnswer answer) => $"{answer.Error}: {answer.Description}";
}
