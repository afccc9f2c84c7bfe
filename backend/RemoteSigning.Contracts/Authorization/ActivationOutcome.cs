using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/activation_outcomes</c> by an SSA, 204: gives the units of a failed activation back
/// to its transaction, once. An activation whose outcome is unknown is never reported.
/// </summary>
/// <param name="Outcome"><see cref="NotSent"/> or <see cref="Refused"/>.</param>
/// <param name="Evidence">The SAM's proof of its refusal, with <see cref="Refused"/>.</param>
public sealed record ActivationOutcome(
    [property: JsonRequired] string Jti, [property: JsonRequired] string Outcome, LogProof? Evidence = null)
{
    /// <summary>The request never left: no connection to the SAM could be made.</summary>
    public const string NotSent = "not_sent";

    /// <summary>The SAM answered with a refusal.</summary>
    public const string Refused = "refused";
}
