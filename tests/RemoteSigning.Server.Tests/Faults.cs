using System.Text.Json.Nodes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Tests;

/// <summary>What can go wrong at many operations alike.</summary>
internal static class Faults
{
    public const string Hurried = "$hurried";

    private const string Invalid = "invalid_request";
    private const string Unavailable = "temporarily_unavailable";

    private const string Pss = "1.2.840.113549.1.1.10";

    private static readonly string[] Usable = ["/credentials/authorize", "/extendTransaction", "/sendOTP", "/getChallenge"];
    private static readonly string[] Hashing = ["/credentials/authorize", "/extendTransaction", "/signHash", "/card/v1/approvals"];

    private static readonly JsonNode[] ThousandAndOne = [.. Enumerable.Repeat(Convert.ToBase64String(new byte[32]), 1001).Select(h => (JsonNode)h!)];

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(400, Invalid, "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.")
        {
            Body = "[]",
        },
        new(413, Invalid, "The request is too large.") { Members = new() { ["x"] = new string('x', 1 << 20) } },
        new(500, "server_error", "The server encountered an unexpected condition that prevented it from fulfilling the request.")
        {
            Peer = (Problem.InvalidRequest, "unheard_of"),
        },
        new(503, Unavailable, "The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.")
        {
            Peer = (Problem.Unavailable, ProblemCodes.ServiceUnavailable),
        },
        new(503, Unavailable, "The server cannot tell whether the request was carried out. It is not repeated.") { IsCut = true },
        new(429, Invalid, "Too many requests") { Key = Hurried },
        new(401, "expired_token", "The access or refresh token is expired or has been revoked.") { Peer = (Problem.NotSignedIn, ProblemCodes.TokenExpired) },
        new(401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.") { Authorization = "Bearer nobodys" },
        new(400, Invalid, "Malformed authorization header") { Authorization = "Basic YTpi" },
        new(401, "invalid_client", "Client authentication failed: the header X-API-Key must hold the key of an application.") { Key = "nobodys" },
        new(401, Invalid, "Malformed authentication parameter.") { Authorization = "Basic !" },
        new(401, Invalid, "Malformed authentication parameter") { Authorization = "Basic !" },
        new(400, Invalid, "Malformed username-password.") { Authorization = "Basic YQ==" },
        new(400, Invalid, "Malformed username-password") { Authorization = "Basic YQ==" },
        new(400, "authentication_error", "An error occurred during authentication process") { Authorization = CscClient.Basic("nobody@example.com:wrong") },
        Wrong("refresh_token", 1, "Invalid string parameter: refresh_token"),
        new(400, Invalid, "Invalid refresh_token") { Members = new() { ["refresh_token"] = "nobodys" }, Authorization = "" },
        .. new[] { "clientData", "lang", "certificates", "certInfo", "authInfo", "credentialInfo", "onlyValid", "pageToken", "rememberMe", "userID", "description", "PIN", "OTP" }
            .Select(name => Wrong(name, 1, $"Invalid parameter {name}")),
        Wrong("userID", "another", "userID parameter MUST be null"),
        Wrong("credentialID", 1, "Missing (or invalid type) string parameter credentialID"),
        Wrong("credentialID", "nobodys", "Invalid parameter credentialID") with { At = [.. Usable, "/device_lists", "/card/v1/approvals"] },
        Wrong("credentialID", "$disabled", "The credential identified by credentialID is disabled") with { At = [.. Usable, "/card/v1/approvals"] },
        new(400, Invalid, "Invalid certificate status") { Days = 366, At = Usable },
        Missing("code"),
        Missing("approval"),
        Missing("PIN") with { At = ["/credentials/authorize"] },
        Missing("OTP") with { At = ["/credentials/authorize"], Members = new() { ["credentialID"] = "$mail" } },
        new(400, Invalid, "Missing (or invalid type) array parameter authData") { Without = "authData", At = ["/credentials/authorize"] },
        new(400, Invalid, "No devices are awaited for this credential and code"),
        Wrong("devices", new JsonArray(new JsonObject()), "Missing (or invalid type) string parameter id") with { At = ["/card/v1/devices"] },
        Wrong("devices", 1, "Invalid parameter devices") with { At = ["/card/v1/devices"] },
        Wrong("deviceApproval", null, "Missing (or invalid type) object parameter deviceApproval") with { At = ["/approval_answers"] },
        Wrong("deviceApproval", new JsonObject(), "Missing (or invalid type) string parameter approval") with { At = ["/approval_answers"] },
        Wrong("signAlgo", 1, "Missing (or invalid type) string parameter signAlgo") with { At = ["/card/v1/approvals"] },
        Wrong("signAlgo", "1.2.3", "Invalid parameter signAlgo") with { At = ["/card/v1/approvals"] },
        new(400, Invalid, "Missing (or invalid type) string parameter signAlgoParams")
        {
            Members = new() { ["signAlgo"] = Pss, ["authData"] = Device() }, At = ["/credentials/authorize"],
        },
        new(400, Invalid, "Invalid parameter signAlgoParams")
        {
            Members = new() { ["signAlgo"] = Pss, ["signAlgoParams"] = "AAAA", ["authData"] = Device() }, At = ["/credentials/authorize", "/signHash"],
        },
        new(400, Invalid, "Missing (or invalid type) string parameter hashAlgorithmOID")
        {
            Members = new() { ["signAlgo"] = "1.2.840.113549.1.1.1", ["authData"] = Device() }, Without = "hashAlgorithmOID", At = ["/credentials/authorize"],
        },
        Wrong("hashAlgorithmOID", "1.2.3", "Invalid parameter hashAlgorithmOID") with { At = ["/extendTransaction"] },
        new(400, Invalid, "Empty hash array") { Hashes = [], At = Hashing },
        new(400, Invalid, "Invalid Base64 hash string parameter") { Hashes = ["!"], At = Hashing },
        new(400, Invalid, "Invalid digest value length") { Hashes = ["AAAA"], At = Hashing },
        new(400, Invalid, "Numbers of signatures is too high") { Hashes = [.. ThousandAndOne], At = ["/extendTransaction", "/card/v1/approvals"] },
    ];

    /// <summary>The device approves, which alone looks at the algorithm.</summary>
    private static JsonArray Device() => [new JsonObject { ["id"] = "PIN", ["value"] = "12345678" }, new JsonObject { ["id"] = "DEVICE" }];

    private static Fault Wrong(string member, JsonNode? value, string text) => new(400, Invalid, text) { Members = new() { [member] = value } };

    private static Fault Missing(string member) => new(400, Invalid, $"Missing (or invalid type) string parameter {member}") { Without = member };
}
