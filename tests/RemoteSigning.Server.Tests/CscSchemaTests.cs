using System.Diagnostics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>Answers of each version against docs/schemas/csc.schema.json; the validator is python3-jsonschema.</summary>
public sealed class CscSchemaTests
{
    private const string Validate =
        """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        flaws = []
        for name, body in json.load(sys.stdin):
            if name not in schema["$defs"]:
                sys.exit("no schema for " + name)
            rule = {"$ref": "#/$defs/" + name.replace("/", "~1"), "$defs": schema["$defs"]}
            flaws.append([name + ": " + e.message for e in jsonschema.Draft202012Validator(rule).iter_errors(body)])
        print(json.dumps(flaws))
        """;

    private static World World => AssemblySetup.World;

    [Test]
    public async Task Answers_OfEachVersion_AreValid([Values(0, 1, 2)] int version)
    {
        using CscClient client = (await World.NewSignerAsync()).As(version);
        CredentialCreated rsa = await World.EnrollAsync(client, World.Rsa());
        CredentialCreated ec = await World.EnrollAsync(client, World.P256(scal: "2", otp: true));
        CredentialCreated oauth = await World.EnrollAsync(client, World.P256(authMode: "oauth2code", pin: false));
        byte[] hash = World.Digest();
        var answers = new JsonArray();

        Add("info", await client.PostAsync("info", "{}"));
        Add("auth/login", await client.SignInAsync(rememberMe: true));
        Add("credentials/list", await client.PostAsync("credentials/list", """{"maxResults":1}"""));
        Add("credentials/list", await client.PostAsync("credentials/list", """{"credentialInfo":true,"certInfo":true,"authInfo":true,"onlyValid":true}"""));
        foreach (string id in (string[])[rsa.Id, ec.Id, oauth.Id])
        {
            Add("credentials/info", await client.PostAsync("credentials/info", new JsonObject { ["credentialID"] = id }));
            Add("credentials/info", await client.PostAsync("credentials/info", new JsonObject
            {
                ["credentialID"] = id,
                ["certificates"] = "chain",
                ["certInfo"] = true,
                ["authInfo"] = true,
            }));
        }

        CscResult authorized = await client.AuthorizeAsync(rsa.Id, 2);
        CscResult extended = await client.ExtendAsync(rsa.Id, authorized.Sad);
        Add("credentials/authorize", authorized);
        Add("credentials/authorize", extended);
        Add("signatures/signHash", await client.SignAsync(rsa.Id, extended.Sad, [hash, hash], Oids.Sha256WithRsa));
        Add("signatures/timestamp", await client.PostAsync(
            "signatures/timestamp", new JsonObject { ["hash"] = Convert.ToBase64String(hash), ["hashAlgo"] = Oids.Sha256, ["nonce"] = "1f" }));
        if (version == 2)
        {
            DeviceCredential device = await DeviceCredential.EnrollAsync(World, client);
            Add("credentials/info", await client.PostAsync("credentials/info", new JsonObject { ["credentialID"] = device.Id, ["authInfo"] = true }));
            CscResult pending = await device.AuthorizeAsync([hash]);
            Add("v2 credentials/authorize pending", pending, 202);
            await device.AnswerAsync();
            Add("credentials/authorize", await device.CheckAsync((string)pending.Body["handle"]!));
        }

        Add("error", await client.PostAsync("credentials/info", "{}"), 400);

        Assert.That(Flaws(answers), Is.All.Empty.And.Exactly(answers.Count).Items);

        void Add(string method, CscResult answer, int status = 200)
        {
            Assert.That(answer.Status, Is.EqualTo(status), $"{method} {answer}");
            string name = method is "info" or "credentials/info" or "credentials/list" ? $"v{version} {method}" : method;
            answers.Add(new JsonArray(name, answer.Body.DeepClone()));
        }
    }

    [TestCase("v1 credentials/info", """{"key":{},"cert":{},"authMode":"explicit","multisign":true}""")]
    [TestCase("v0 credentials/info", """{"key":{"status":"enabled","algo":["1.2"],"len":1},"cert":{},"authMode":"explicit","multisign":1}""")]
    [TestCase("signatures/signHash", """{"signatures":["not base64!"]}""")]
    [TestCase("signatures/signHash", """{"signatures":["AAAA"],"more":1}""")]
    [TestCase("signatures/timestamp", """{"timestamp":["AAAA"]}""")]
    [TestCase("error", """{"error_description":"x"}""")]
    public void Schema_OfAnotherShape_Objects(string name, string body) =>
        Assert.That(Flaws(new JsonArray(new JsonArray(name, JsonNode.Parse(body))))[0], Is.Not.Empty);

    private static string[][] Flaws(JsonArray answers)
    {
        var start = new ProcessStartInfo("python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Validate);
        start.ArgumentList.Add(Path.Combine(TestContext.CurrentContext.TestDirectory, "csc.schema.json"));
        using Process python = Process.Start(start)!; // Null only where another process is used again.
        Task<string> errors = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(answers.ToJsonString());
        python.StandardInput.Close();
        string output = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        Assert.That(python.ExitCode, Is.Zero, errors.Result);
        return [.. JsonNode.Parse(output)!.AsArray().Select(f => f!.AsArray().Select(e => (string)e!).ToArray())];
    }
}
