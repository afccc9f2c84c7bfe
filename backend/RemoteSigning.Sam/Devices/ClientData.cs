using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// The client data of a WebAuthn ceremony (WebAuthn Level 3, 5.8.1): what the client says it was asked, by whom. Members
/// that are not known are allowed, as clients add them on purpose; a member that stands twice is not.
/// </summary>
internal static class ClientData
{
    public const string Approval = "webauthn.get";
    public const string Registration = "webauthn.create";

    private const int Longest = 4096;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <param name="json">As the client made it.</param>
    /// <param name="type"><see cref="Approval"/> or <see cref="Registration"/>.</param>
    /// <param name="challenge">The only challenge that is accepted.</param>
    /// <param name="origins">The only origins that are accepted, each as it is.</param>
    /// <exception cref="ProblemException">It says something else.</exception>
    public static void Check(byte[] json, string type, byte[] challenge, IReadOnlyList<string> origins)
    {
        if (json.Length > Longest || !Utf8.IsValid(json))
        {
            throw DeviceRefusal.Because("the client data are too long or not UTF-8");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Strict);
            Check(document.RootElement, type, challenge, origins);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw DeviceRefusal.Because($"the client data cannot be read: {e.Message}", e);
        }
    }

    private static void Check(JsonElement data, string type, byte[] challenge, IReadOnlyList<string> origins)
    {
        if (Text(data, "type") != type)
        {
            throw DeviceRefusal.Because($"the client data are not of type {type}");
        }

        byte[] expected = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(challenge));
        if (!CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(Text(data, "challenge"))))
        {
            throw DeviceRefusal.Because("the challenge is not that of the content");
        }

        if (!origins.Contains(Text(data, "origin"), StringComparer.Ordinal))
        {
            throw DeviceRefusal.Because("the origin is not one of the device's");
        }

        if (data.TryGetProperty("topOrigin", out _)
            || (data.TryGetProperty("crossOrigin", out JsonElement cross) && cross.ValueKind != JsonValueKind.False))
        {
            throw DeviceRefusal.Because("the device was asked from within a page of another origin");
        }
    }

    private static string Text(JsonElement data, string member) =>
        data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty(member, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString() ?? ""
            : throw DeviceRefusal.Because($"the client data have no text {member}");
}
