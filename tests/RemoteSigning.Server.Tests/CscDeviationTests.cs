using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>What known clients do beside the text of the specification; each test names whose doing it is.</summary>
public sealed class CscDeviationTests
{
    private static readonly int[] Versions = [0, 1, 2];

    private CscClient _signer = null!; // Set before the first test, as are the next two.
    private CredentialCreated _rsa = null!;
    private CredentialCreated _bound = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _signer = await World.NewSignerAsync();
        _rsa = await World.EnrollAsync(_signer, World.Rsa());
        _bound = await World.EnrollAsync(_signer, World.P256(scal: "2"));
    }

    [OneTimeTearDown]
    public void CleanUp() => _signer.Dispose();

    [Test(Description = "csctester: GET without a body where a method has no parameters")]
    public async Task Get_MethodWithoutParameters_IsAnswered([ValueSource(nameof(Versions))] int version)
    {
        CscResult login = await _signer.SendAsync(
            $"/csc/v{version}/auth/login", null, CscClient.Basic($"{_signer.Email}:{World.Password}"), method: HttpMethod.Get);
        CscResult list = await _signer.SendAsync(
            $"/csc/v{version}/credentials/list", null, $"Bearer {_signer.Token}", method: HttpMethod.Get);

        Assert.That((login.Status, list.Status), Is.EqualTo((200, 200)));
    }

    [TestCase("+//+", Description = "the specification: the standard alphabet with padding")]
    [TestCase("-__-", Description = "Documenso and the EUDI clients: base64url")]
    public async Task Hash_EitherAlphabetWithOrWithoutPadding_IsTheSame(string sample)
    {
        byte[] hash = World.Digest();
        byte[] both = [0xfb, 0xff, 0xfe]; // Its digits are those in which the alphabets differ.
        both.CopyTo(hash, 0);
        string padded = Convert.ToBase64String(hash);
        padded = sample[0] == '-' ? padded.Replace('+', '-').Replace('/', '_') : padded;
        foreach (int version in Versions)
        {
            foreach (string text in (string[])[padded, padded.TrimEnd('=')])
            {
                CscClient client = _signer.As(version);
                string sad = (await client.AuthorizeAsync(_bound.Id, 1, [hash])).Sad;
                CscResult answer = await client.PostAsync("signatures/signHash", new JsonObject
                {
                    ["credentialID"] = _bound.Id,
                    ["SAD"] = sad,
                    [version == 2 ? "hashes" : "hash"] = new JsonArray(text),
                    ["signAlgo"] = Oids.EcdsaWithSha256,
                });
                Assert.That(answer.Status, Is.EqualTo(200), $"v{version} {text} {answer}");
            }
        }
    }

    [TestCase(Oids.Sha256WithRsa, null, Description = "csctester: no hashAlgo beside a hash-bound signAlgo")]
    [TestCase(Oids.Sha256WithRsa, Oids.Sha256, Description = "pyHanko: hashAlgo always")]
    [TestCase(Oids.Rsa, Oids.Sha256, Description = "csctester: plain RSA with hashAlgo")]
    public async Task HashAlgo_WhereItIsNotNeeded_MayBeThereOrNot(string signAlgo, string? hashAlgo)
    {
        foreach (int version in Versions)
        {
            CscClient client = _signer.As(version);
            string sad = (await client.AuthorizeAsync(_rsa.Id, 1)).Sad;

            CscResult answer = await client.SignAsync(_rsa.Id, sad, [World.Digest()], signAlgo, hashAlgo);

            Assert.That(answer.Status, Is.EqualTo(200), $"v{version} {answer}");
        }
    }

    [Test(Description = "A-Trust's client leaves signAlgo out: refused, as the table says, in spite of it")]
    public async Task SignAlgo_LeftOut_IsMissing([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);

        CscResult answer = await client.PostAsync("signatures/signHash", new JsonObject
        {
            ["credentialID"] = _rsa.Id,
            ["SAD"] = "x",
            [version == 2 ? "hashes" : "hash"] = new JsonArray(Convert.ToBase64String(World.Digest())),
        });

        Assert.That(answer.Description, Is.EqualTo("Missing (or invalid type) string parameter signAlgo"));
    }

    [Test(Description = "client-derived: PowerShell-OpenAuthenticode skips authorize at SCAL 1 in v0. Without SAD there is no signature")]
    public async Task SignHash_WithoutSadInV0_IsRefused()
    {
        CscResult answer = await _signer.As(0).PostAsync("signatures/signHash", new JsonObject
        {
            ["credentialID"] = _rsa.Id,
            ["hash"] = new JsonArray(Convert.ToBase64String(World.Digest())),
            ["signAlgo"] = Oids.Sha256WithRsa,
        });

        Assert.That(answer.Description, Is.EqualTo("Missing (or invalid type) string parameter SAD"));
    }

    [Test(Description = "client-derived: jsign filters by clientData in v0; any string is taken and none filters")]
    public async Task List_WithClientDataInV0_IsTheWholeList()
    {
        CscResult answer = await _signer.As(0).PostAsync("credentials/list", """{"clientData":"EVCS"}""");

        Assert.That(answer.Body["credentialIDs"]!.AsArray(), Has.Count.EqualTo(2));
    }

    [Test(Description = "csctester wants cert with certificates=none; Documenso wants its status to be valid; pyHanko refuses a key with plain RSA alone")]
    public async Task Info_WhatClientsInsistOn_IsThere([ValueSource(nameof(Versions))] int version)
    {
        CscResult info = await _signer.As(version).PostAsync(
            "credentials/info", new JsonObject { ["credentialID"] = _rsa.Id, ["certificates"] = "none" });

        string[] algorithms = [.. info.Body["key"]!["algo"]!.AsArray().Select(a => (string)a!)];
        Assert.Multiple(() =>
        {
            Assert.That(info.Body["cert"]!.ToJsonString(), Is.EqualTo("""{"status":"valid"}"""));
            Assert.That(algorithms[0], Is.EqualTo(Oids.Sha256WithRsa));
            Assert.That(algorithms, Does.Contain(Oids.Rsa).And.Contain(Oids.RsaPss));
        });
    }

    [Test(Description = "csctester reads JSON from a 401 too")]
    public async Task Unauthorized_Body_IsJson([ValueSource(nameof(Versions))] int version)
    {
        CscResult answer = await _signer.SendAsync($"/csc/v{version}/credentials/list", "{}", "Bearer dead");

        Assert.That((answer.Status, answer.ContentType, answer.Error), Is.EqualTo((401, "application/json", "invalid_token")));
    }

    [Test(Description = "csctester signs several times under one SAD of SCAL 1 without extending it")]
    public async Task SignHash_AgainWithoutExtending_IsSignedWithinTheCount([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);
        string sad = (await client.AuthorizeAsync(_rsa.Id, 2)).Sad;

        CscResult first = await client.SignAsync(_rsa.Id, sad, [World.Digest()], Oids.Sha256WithRsa);
        CscResult second = await client.SignAsync(_rsa.Id, sad, [World.Digest()], Oids.Sha256WithRsa);

        Assert.That((first.Status, second.Status), Is.EqualTo((200, 200)));
    }

    [TestCase(20, "Invalid parameter hashAlgo", "1.3.14.3.2.26", Description = "csctester sends SHA-1: refused")]
    [TestCase(28, "Invalid parameter hashAlgo", "2.16.840.1.101.3.4.2.4", Description = "csctester sends SHA-224: refused")]
    public async Task SignHash_WeakHash_IsRefused(int length, string text, string oid)
    {
        CscResult answer = await _signer.SignAsync(_rsa.Id, "x", [new byte[length]], Oids.Rsa, oid);

        Assert.That(answer.Description, Is.EqualTo(text));
    }
}
