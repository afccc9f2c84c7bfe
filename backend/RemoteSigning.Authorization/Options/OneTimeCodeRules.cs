using System.Text.Json;
using RemoteSigning.Authorization.Codes;

namespace RemoteSigning.Authorization.Options;

/// <summary>Rules between the options of <c>OneTimeCodes</c>.</summary>
internal static class OneTimeCodeRules
{
    public static IEnumerable<string> Failures(OneTimeCodeOptions options)
    {
        if (options.DeliverySeconds >= options.ResendSeconds)
        {
            yield return "OneTimeCodes: DeliverySeconds must be less than ResendSeconds, so that one code is under way at a time.";
        }

        foreach (CodeTextOptions text in options.Texts)
        {
            if (CodeTexts.MayBeUnknown.Append("{code}").Any(name => text.Subject.Contains(name, StringComparison.Ordinal)))
            {
                yield return $"OneTimeCodes: the Subject for {text.Language} may hold {{service}} and {{minutes}} only.";
            }

            if (!IsCodeCertain(text.Email) || !IsCodeCertain(text.Sms))
            {
                yield return $"OneTimeCodes: Email and Sms for {text.Language} need {{code}} on a line without {{count}}, {{label}} and {{description}}.";
            }
        }

        if (options.Texts.Select(t => t.Language.ToLowerInvariant()).Distinct().Count() < options.Texts.Count)
        {
            yield return "OneTimeCodes: Texts has two entries for one language.";
        }

        if (!options.Texts.Append(CodeTexts.English).Any(t => t.Language.Equals(options.DefaultLanguage, StringComparison.OrdinalIgnoreCase)))
        {
            yield return $"OneTimeCodes: Texts has none for the DefaultLanguage {options.DefaultLanguage}.";
        }

        foreach (string failure in Smtp(options.Smtp).Concat(Sms(options.Sms)))
        {
            yield return "OneTimeCodes: " + failure;
        }
    }

    /// <summary>A line with an unknown value is left out; the code must not go with it.</summary>
    private static bool IsCodeCertain(string template) => template.Split('\n').Any(line =>
        line.Contains("{code}", StringComparison.Ordinal)
        && !CodeTexts.MayBeUnknown.Any(name => line.Contains(name, StringComparison.Ordinal)));

    private static IEnumerable<string> Smtp(SmtpOptions? smtp)
    {
        if (smtp is null)
        {
            yield break;
        }

        if (!Mailbox.IsAddress(smtp.From))
        {
            yield return "Smtp needs From, an address as in codes@example.com.";
        }

        if (smtp.UserName is null != smtp.PasswordFile is null)
        {
            yield return "Smtp needs UserName and PasswordFile, or neither.";
        }
    }

    private static IEnumerable<string> Sms(SmsOptions? sms)
    {
        if (sms is null)
        {
            yield break;
        }

        if (!SmsRequest.IsAddressFixed(sms.Url))
        {
            yield return "Sms.Url must be https (or http on loopback), with placeholders in its path and query only.";
        }

        if (sms.SuccessStatus.Count == 0 || sms.SuccessStatus.Any(s => s is < 200 or > 299))
        {
            yield return "Sms.SuccessStatus needs statuses from 200 to 299.";
        }

        if (!Says(sms, "{number}") || !Says(sms, "{text}"))
        {
            yield return "Sms needs {number} and {text} in Url or Body.";
        }

        if ((Says(sms, "{secret}") || sms.Headers.Values.Any(v => v.Contains("{secret}", StringComparison.Ordinal))) != (sms.SecretFile is not null))
        {
            yield return "Sms needs SecretFile where {secret} is used, and nowhere else.";
        }

        if (sms is { Method: "GET", Body: not null })
        {
            yield return "Sms has no Body with GET.";
        }

        if (sms is { ContentType: SmsOptions.Json, Body: { } body } && !IsJson(body))
        {
            yield return "Sms.Body is no JSON; a placeholder stands inside a string's quotation marks.";
        }
    }

    private static bool Says(SmsOptions sms, string placeholder) =>
        sms.Url.Contains(placeholder, StringComparison.Ordinal) || sms.Body?.Contains(placeholder, StringComparison.Ordinal) == true;

    private static bool IsJson(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            // That is the answer.
            return false;
        }
    }
}
