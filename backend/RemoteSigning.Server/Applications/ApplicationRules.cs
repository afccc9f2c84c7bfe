using System.Text.RegularExpressions;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Applications;

/// <summary>What an operator may ask for. The texts go into tables, where a first character like <c>=</c> would make them formulas.</summary>
internal static partial class ApplicationRules
{
    private const int HighestRate = 100_000;

    private const long HighestPerDay = 1_000_000_000;

    private const int MostResponseUris = 10;

    private const int LongestResponseUri = 2000;

    public static void Check(ApplicationRequest request)
    {
        Demand(Name().IsMatch(request.Name), "The name must have 1 to 100 characters, the first a letter or digit, none a control character.");
        Demand(
            Name().IsMatch(request.OwnerName),
            "The owner's name must have 1 to 100 characters, the first a letter or digit, none a control character.");
        Demand(Mailbox().IsMatch(request.OwnerEmail), "The owner's e-mail address is not one.");
        if (request.Limits is { } limits)
        {
            Check(limits);
        }
    }

    public static void Check(ApplicationLimits limits)
    {
        Demand(
            limits.SignaturesPerTransaction is >= 1 and <= ApplicationLimits.MaximumPerTransaction,
            "A transaction may have 1 to 1,000 signatures.");
        Demand(limits.SignaturesPerDay is null or (>= 1 and <= HighestPerDay), "A day may have 1 to 1,000,000,000 signatures.");
        Demand(
            IsRate(limits.RequestsPerSecond, limits.Burst) && IsRate(limits.TokenRequestsPerSecond, limits.TokenBurst),
            "A rate is 1 to 100,000 requests per second; a burst, 1 to 100,000 requests, needs a rate.");
    }

    public static void Check(ResponseUris uris)
    {
        Demand(uris.Uris.Count <= MostResponseUris, "An application may have 10 addresses for responses.");
        Demand(uris.Uris.All(IsResponseUri), "An address for responses is an absolute https URI in its normal form, without user or fragment, of at most 2,000 characters.");
        Demand(uris.Uris.Distinct(StringComparer.Ordinal).Count() == uris.Uris.Count, "An address for responses is there twice.");
    }

    private static bool IsResponseUri(string? text) =>
        text?.Length is > 0 and <= LongestResponseUri
        && Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && uri.Scheme == Uri.UriSchemeHttps
        && uri is { UserInfo: "", Fragment: "" }
        && uri.AbsoluteUri == text;

    private static bool IsRate(int? perSecond, int? burst) =>
        perSecond is null ? burst is null : perSecond is >= 1 and <= HighestRate && burst is null or (>= 1 and <= HighestRate);

    private static void Demand(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, sentence);
        }
    }

    [GeneratedRegex(@"\A[\p{L}\p{N}][^\p{C}]{0,99}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9][\x21-\x3f\x41-\x7e]{0,63}@[A-Za-z0-9.-]{1,189}\z")]
    private static partial Regex Mailbox();
}
