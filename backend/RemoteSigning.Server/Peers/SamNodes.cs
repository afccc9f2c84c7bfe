using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Peers;

/// <summary>The nodes of the SAM (SAM-31): each order goes to one of them, in turn, those first that did not fail just now.</summary>
internal sealed class SamNodes(IReadOnlyList<SamNode> nodes)
{
    private int _turn = -1;

    public IReadOnlyList<SamNode> All => nodes;

    /// <summary>A function for keys: doing it again, at another node, comes to the same.</summary>
    /// <exception cref="PeerException">No node did it.</exception>
    public Task<T> UseAsync<T>(Func<SamClient, Task<T>> act) => TryEachAsync(node => act(node.Client), (_, _) => { });

    /// <summary>Tries one node after the other as long as it is certain that nothing was done.</summary>
    /// <param name="next">Hears of a node that could not, and why, before the next one is tried.</param>
    /// <exception cref="PeerException">What the last one tried came to.</exception>
    public async Task<T> TryEachAsync<T>(Func<SamNode, Task<T>> act, Action<string, string> next)
    {
        Queue<SamNode> left = new(InOrder());
        while (true)
        {
            SamNode node = left.Dequeue();
            try
            {
                return await act(node);
            }
            catch (PeerException failure) when (IsCertainlyUndone(failure))
            {
                node.NoteFailure();
                if (left.Count == 0)
                {
                    throw;
                }

                next(node.Name, failure.Message);
            }
        }
    }

    /// <summary>Never reached, or a refusal that stands in the log: that one has used its SAD up.</summary>
    private static bool IsCertainlyUndone(PeerException failure) => failure is { Peer: SamClient.Name } and (
        { Outcome: PeerOutcome.NotSent }
        or { Outcome: PeerOutcome.Refused, Code: ProblemCodes.ServiceUnavailable or ProblemCodes.HsmBusy, Evidence: not null });

    private IEnumerable<SamNode> InOrder()
    {
        int first = (int)((uint)Interlocked.Increment(ref _turn) % (uint)nodes.Count);
        return nodes.Skip(first).Concat(nodes.Take(first)).OrderByDescending(n => n.IsUp);
    }
}
