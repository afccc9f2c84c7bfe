using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Audit;

/// <summary>
/// The two logs of a node (SAM-32). What a signing server asks for goes into the service log; everything else (the
/// node's own events, whatever an operator asks for) into the administration log. A start and a stop stand in both
/// and name the newest head of the other, so that neither can be cut or removed without the other showing it.
/// </summary>
internal sealed record AuditLogs(AuditLog Service, AuditLog Administration)
{
    public IReadOnlyList<AuditLog> All => [Service, Administration];

    /// <summary>When the newest record of either became durable.</summary>
    public DateTimeOffset LastTime => Service.LastTime > Administration.LastTime ? Service.LastTime : Administration.LastTime;

    /// <param name="role">One of <see cref="Roles"/>; null when nobody could be named.</param>
    public AuditLog For(string? role) => role == Roles.SigningService ? Service : Administration;

    /// <summary>Records an event of the node itself, in both logs.</summary>
    /// <exception cref="Contracts.ProblemException">A log did not take it; the other was asked all the same.</exception>
    public async Task AppendToBothAsync(AuditRecord record)
    {
        Task administration = Administration.AppendAsync(record with { OtherHead = Service.Head?.Name });
        try
        {
            await administration;
        }
        finally
        {
            await Service.AppendAsync(record with { OtherHead = Administration.Head?.Name });
        }
    }

    /// <summary>Goes on in new files where the live ones were renamed.</summary>
    /// <returns>How many were begun.</returns>
    public async Task<int> ReopenAsync()
    {
        bool[] begun = await Task.WhenAll(Service.ReopenAsync(), Administration.ReopenAsync());
        return begun.Count(b => b);
    }
}
