using RemoteSigning.Contracts;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>PUT /sam/v1/configurations/dynamic</c> (SAM-16, SAM-17): another dynamic configuration, by an operator, without a
/// restart. In force and durable when the 204 leaves; refused, nothing has changed.
/// </summary>
internal sealed class ChangeConfigurationEndpoint(ConfigurationStore store, Infrastructure infrastructure, TimeProvider clock)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        byte[] body = await request.ReadBytesAsync();
        request.Draft.AddConfiguration(body);
        ConfigurationChange change = await store.BeginAsync(request.Http.RequestAborted);
        try
        {
            NodeConfiguration after = Read(change.Before, body);
            if (after.Registry.Version <= change.Before.Registry.Version)
            {
                throw Refusals.Tell(
                    ProblemCodes.ConfigurationOutdated,
                    $"The configuration has version {after.Registry.Version}; it must be higher than {change.Before.Registry.Version}.");
            }

            DynamicDifference difference = DynamicDifference.Between(change.Before.Dynamic, after.Dynamic);
            request.Draft.Approver = Approve(request, change.Before, body, difference);
            request.Draft.Note = difference.ToString();
            request.Draft.Add(after);
            change.Stage(after);
            return new Answer(StatusCodes.Status204NoContent, _ => [], IsHeadInHeader: true, change);
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    private static NodeConfiguration Read(NodeConfiguration before, byte[] body)
    {
        try
        {
            return before.With(body);
        }
        catch (ConfigurationException e)
        {
            throw Refusals.Tell(e.IsMalformed ? ProblemCodes.Malformed : ProblemCodes.ConfigurationInvalid, e.Message, e);
        }
    }

    /// <summary>An approval that is there must be good, even where none is needed.</summary>
    /// <returns>The approving operator, or null.</returns>
    private string? Approve(SamRequest request, NodeConfiguration before, byte[] body, DynamicDifference difference)
    {
        if (request.Http.Request.Headers.ContainsKey(Approval.HeaderName))
        {
            string compact = request.Header(Approval.HeaderName)
                ?? throw Refusals.Tell(ProblemCodes.ApprovalInvalid, $"There must be one {Approval.HeaderName} header.");
            return new Approval(before.Registry, infrastructure.Fingerprint, clock).Check(compact, body, request.Caller.Id);
        }

        return before.Static.DualControl && difference.Added.Count > 0
            ? throw Refusals.Tell(
                ProblemCodes.ApprovalRequired,
                $"A second operator must approve this (header {Approval.HeaderName}), as it adds {string.Join(", ", difference.Added)}.")
            : null;
    }
}
