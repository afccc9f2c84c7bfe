using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts;

/// <summary>A problem document (RFC 9457, <c>application/problem+json</c>) of our own APIs.</summary>
/// <param name="Type">Always <c>about:blank</c>: the meaning is in <paramref name="Problem"/> and <paramref name="Code"/>.</param>
/// <param name="Title">The HTTP reason phrase.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">A sentence for a person; never a cause, never a secret.</param>
/// <param name="Problem">The number of the <see cref="Contracts.Problem"/>.</param>
/// <param name="Code">One of <see cref="ProblemCodes"/>.</param>
/// <param name="TraceId">Finds the request in the logs.</param>
/// <param name="Audit">The SAM's proof that this refusal is in its log; null elsewhere.</param>
public sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    int Problem,
    string Code,
    string? TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LogProof? Audit = null);
