namespace RemoteSigning.Server.Telemetry;

/// <summary>What an operator has to look at, as metrics name it; the log has the details.</summary>
internal static class IncidentNames
{
    /// <summary>Nobody knows whether the SAM signed: the units stay taken.</summary>
    public const string OutcomeUnknown = "outcome_unknown";

    /// <summary>The SAM's answer or proof was not believed: what it may have signed is withheld.</summary>
    public const string AnswerDisbelieved = "answer_disbelieved";

    /// <summary>The SAM signed and the proof could not be stored: the signatures are withheld, and not counted until they are recovered.</summary>
    public const string ProofNotStored = "proof_not_stored";

    /// <summary>No signature was made, and the authorization server could not be told: the signer lost units.</summary>
    public const string UnitsNotReturned = "units_not_returned";

    /// <summary>The outcome of an asynchronous signature could not be stored: its caller is told that nobody knows.</summary>
    public const string ResultNotStored = "result_not_stored";

    /// <summary>The log of a node of the SAM was cut or rewritten.</summary>
    public const string LogRewritten = "log_rewritten";

    public static readonly IReadOnlyList<string> All =
        [OutcomeUnknown, AnswerDisbelieved, ProofNotStored, UnitsNotReturned, ResultNotStored, LogRewritten];
}
