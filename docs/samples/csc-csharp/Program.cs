// Signs files through the CSC API, version 2: one approval, one signHash for each file. How to run it: docs/samples/README.md.
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

if (args is not [var service, var user, .. var rest])
{
    Console.Error.WriteLine("Usage: csc-csharp https://sign.example.com/csc/v2 signer@example.com [CREDENTIAL FILE…]");
    return 2;
}

using var http = new HttpClient { BaseAddress = new Uri(service.TrimEnd('/') + '/') };
try
{
    if (Ask("API key") is { Length: > 0 } key)
    {
        http.DefaultRequestHeaders.Add("X-API-Key", key);
    }

    string password = Ask("Password");
    http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    string token = (string)(await CallAsync("auth/login", []))["access_token"]!;
    http.DefaultRequestHeaders.Authorization = new("Bearer", token);

    JsonObject list = await CallAsync("credentials/list", new() { ["credentialInfo"] = true });
    if (rest is not [var credential, .. var files])
    {
        list["credentialInfos"]!.AsArray().ToList().ForEach(c => Console.WriteLine($"{c!["credentialID"]}  {c["description"]}"));
        return 0;
    }

    // What to ask the signer for, and whether a code has to be sent first, stands in auth.objects.
    JsonObject info = await CallAsync("credentials/info", new() { ["credentialID"] = credential, ["certificates"] = "chain", ["authInfo"] = true });
    var factors = new JsonArray();
    foreach (JsonNode factor in info["auth"]!["objects"]!.AsArray().OfType<JsonNode>())
    {
        string id = (string)factor["id"]!;
        if ((string?)factor["type"] == "PasswordOOB")
        {
            await CallAsync("credentials/getChallenge", new() { ["credentialID"] = credential, ["authObjectID"] = id });
        }

        factors.Add(new JsonObject { ["id"] = id, ["value"] = Ask((string?)factor["label"] ?? id) });
    }

    string[] hashes = [.. files.Select(f => Convert.ToBase64String(SHA256.HashData(File.ReadAllBytes(f))))];
    const string Sha256 = "2.16.840.1.101.3.4.2.1";
    JsonObject authorized = await CallAsync("credentials/authorize", new()
    {
        ["credentialID"] = credential,
        ["numSignatures"] = files.Length,
        ["hashes"] = new JsonArray([.. hashes]),
        ["hashAlgorithmOID"] = Sha256,
        ["authData"] = factors,
    });

    byte[] der = Convert.FromBase64String((string)info["cert"]!["certificates"]![0]!);
    using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
    using RSA? rsa = certificate.GetRSAPublicKey();
    using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
    foreach ((string file, string hash) in files.Zip(hashes))
    {
        JsonObject signed = await CallAsync("signatures/signHash", new()
        {
            ["credentialID"] = credential,
            ["SAD"] = (string?)authorized["SAD"],
            ["hashes"] = new JsonArray(hash),
            ["hashAlgorithmOID"] = Sha256,
            ["signAlgo"] = rsa is null ? "1.2.840.10045.4.3.2" : "1.2.840.113549.1.1.11",
        });
        byte[] signature = Convert.FromBase64String((string)signed["signatures"]![0]!);
        byte[] digest = Convert.FromBase64String(hash);
        bool good = rsa?.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ?? ecdsa!.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence);
        File.WriteAllBytes(file + ".sig", signature);
        Console.WriteLine($"{file}.sig: {(good ? "verified" : "NOT VERIFIED")}, {certificate.Subject}");
    }

    return 0;
}
catch (Exception problem) when (problem is HttpRequestException or IOException)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}

async Task<JsonObject> CallAsync(string method, JsonObject request)
{
    using HttpResponseMessage response = await http.PostAsJsonAsync(method, request);
    string text = await response.Content.ReadAsStringAsync();
    JsonObject body = text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    return response.IsSuccessStatusCode
        ? body
        : throw new HttpRequestException($"{method}: {(int)response.StatusCode} {body["error"]}: {body["error_description"]}");
}

static string Ask(string what)
{
    Console.Error.Write(what + ": ");
    return Console.ReadLine() ?? "";
}
