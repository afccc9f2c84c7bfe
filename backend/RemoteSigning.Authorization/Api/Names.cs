using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Api;

/// <summary>Ids and texts that come from outside and go to the database, to logs and to certificates.</summary>
internal static class Names
{
    private const int IdMaximum = 128;
    private const int EmailMaximum = 254;
    private const int PersonMaximum = 64;

    /// <summary>Printable ASCII without spaces.</summary>
    public static bool IsId(string value) => value.Length is > 0 and <= IdMaximum && value.All(c => c is > ' ' and <= '~');

    public static string DemandId(string value, string member) =>
        IsId(value) ? value : throw Malformed($"{member} is not an id of at most {IdMaximum} printable ASCII characters.");

    /// <summary>Lower case, so that one mailbox is one account; null when it is no address.</summary>
    public static string? Email(string value)
    {
        string email = value.Trim().ToLowerInvariant();
        int at = email.IndexOf('@', StringComparison.Ordinal);
        bool fits = at > 0 && at < email.Length - 1 && at == email.LastIndexOf('@') && email.Length <= EmailMaximum;
        return fits && !email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || char.IsSurrogate(c)) ? email : null;
    }

    /// <summary>A part of a person's name as it will stand in a certificate.</summary>
    public static string DemandPerson(string value, string member)
    {
        string name = value.Trim();
        return name.Length is > 0 and <= PersonMaximum && name == CleanText.Of(name, PersonMaximum)
            ? name
            : throw Malformed($"{member} has 1 to {PersonMaximum} characters and no control characters.");
    }

    public static ProblemException Malformed(string publicText) =>
        new(Problem.InvalidRequest, ProblemCodes.Malformed, publicText);
}
