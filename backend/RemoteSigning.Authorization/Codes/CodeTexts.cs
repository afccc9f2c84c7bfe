using System.Globalization;
using System.Text.RegularExpressions;
using RemoteSigning.Authorization.Api;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Writes the messages: what the signer is asked for, by whom, and that the code is for nobody else.</summary>
internal sealed partial class CodeTexts(OneTimeCodeOptions options)
{
    private const int ValueMaximum = 100;

    /// <summary>The texts that are there by themselves.</summary>
    public static readonly CodeTextOptions English = new()
    {
        Language = "en",
        Subject = "Your code for {service}",
        Email = """
            Your code is {code}

            {service} asks you for it before it signs in your name. It is valid for {minutes} minutes and for one approval.
            Number of signatures: {count}
            Signing key: {label}
            Description: {description}

            Never tell this code to anybody, not even to somebody who says that they are from {service}.
            Enter it only where you started the signature yourself. If you did not, somebody else knows your password: tell {service}.

            """,
        Sms = """
            {code} is your code for {service}, valid for {minutes} minutes and one approval.
            Number of signatures: {count}
            Key: {label}
            Never tell it to anybody.
            """,
    };

    /// <summary>Placeholders whose line is left out when there is nothing to put in their place.</summary>
    public static readonly string[] MayBeUnknown = ["{count}", "{label}", "{description}"];

    private readonly IReadOnlyList<CodeTextOptions> _texts = [.. options.Texts, English];

    public CodeMessage Write(string channel, string code, OneTimeCodeRequest request)
    {
        CodeTextOptions text = Find(request.Lang) ?? Find(options.DefaultLanguage)
            ?? throw new InvalidOperationException($"There are no texts for {options.DefaultLanguage}.");
        var values = new Dictionary<string, string?>
        {
            ["{service}"] = CleanText.Of(options.ServiceName, ValueMaximum),
            ["{code}"] = code,
            ["{minutes}"] = (options.Seconds / 60).ToString(CultureInfo.InvariantCulture),
            ["{count}"] = request.NumSignatures?.ToString(CultureInfo.InvariantCulture),
            ["{label}"] = Known(request.Label),
            ["{description}"] = Known(request.Description),
        };
        string body = channel == OtpChannels.Email ? text.Email : text.Sms;
        IEnumerable<string> lines = body.ReplaceLineEndings("\n").Split('\n').Select(line => Fill(line, values)).OfType<string>();
        return new CodeMessage(CleanText.Of(Fill(text.Subject, values), ValueMaximum * 3), string.Join('\n', lines));
    }

    /// <summary>Null when the line has a placeholder for which nothing is known. One pass: a value is never filled itself.</summary>
    private static string? Fill(string line, Dictionary<string, string?> values)
    {
        bool unknown = MayBeUnknown.Any(name => values[name] is null && line.Contains(name, StringComparison.Ordinal));
        return unknown ? null : Placeholder().Replace(line, match => values[match.Value] ?? "");
    }

    private static string? Known(string? value) => CleanText.Of(value, ValueMaximum) is { Length: > 0 } text ? $"\"{text}\"" : null;

    /// <summary>RFC 4647, 3.4 (lookup): the tag, then the tag without its last parts.</summary>
    private CodeTextOptions? Find(string? language)
    {
        for (string tag = language ?? ""; tag.Length > 0; tag = tag[..Math.Max(0, tag.LastIndexOf('-'))])
        {
            if (_texts.FirstOrDefault(t => t.Language.Equals(tag, StringComparison.OrdinalIgnoreCase)) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    [GeneratedRegex(@"\{(service|code|minutes|count|label|description)\}")]
    private static partial Regex Placeholder();
}
