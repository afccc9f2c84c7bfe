using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Tests;

/// <summary>What goes wrong with a request that is in order otherwise, and what it is answered with.</summary>
internal sealed record Fault(int Status, string Error, string Text)
{
    /// <summary>Changes the members of the body; <c>$mail</c> and <c>$disabled</c> stand for such credentials.</summary>
    public JsonObject? Members { get; init; }

    /// <summary>A member that is left out.</summary>
    public string? Without { get; init; }

    /// <summary>Elements of the array of hashes, which is called otherwise in each version.</summary>
    public JsonArray? Hashes { get; init; }

    /// <summary>The whole body.</summary>
    public string? Body { get; init; }

    /// <summary>The header <c>Authorization</c>.</summary>
    public string? Authorization { get; init; }

    /// <summary>The header <c>X-API-Key</c>; <c>$hurried</c> stands for that of an application that has sent too many requests.</summary>
    public string? Key { get; init; }

    /// <summary>What the authorization server refuses with, whatever it is asked.</summary>
    public (Problem Problem, string Code)? Peer { get; init; }

    /// <summary>The authorization server dies while it is asked.</summary>
    public bool IsCut { get; init; }

    /// <summary>How long it is since the credential was made.</summary>
    public int Days { get; init; }

    /// <summary>Ends of the paths that it occurs at; all that describe it when there are none.</summary>
    public IReadOnlyList<string> At { get; init; } = [];

    /// <summary>A description that leaves room is taken for that of this fault where it is said to occur.</summary>
    public bool OccursAt(string path, DescribedAnswer answer) =>
        (At.Count == 0 || At.Any(p => path.EndsWith(p, StringComparison.Ordinal)))
        && (answer.Status, answer.Error) == (Status, Error)
        && (answer.IsPattern ? At.Count > 0 && Regex.IsMatch(Text, answer.Text!) : answer.Text == Text); // A pattern is one.

    public override string ToString() => $"{Status} {Error} {Text}";
}
