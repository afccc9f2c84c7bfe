using RemoteSigning.Contracts;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// The floor list as the functions for keys use it: an entry counts when it is durable on every node that is in service, and
/// what the list says counts while this node knows it to be complete. No lock is held while another node is asked.
/// </summary>
internal sealed class KeyFloors(FloorList floors, Membership members, IReadOnlyList<PeerClient> peers, HsmThreads threads)
{
    /// <exception cref="ProblemException">The object is not valid, or this node cannot know.</exception>
    public void Check(SealedKey key)
    {
        floors.Check(key);
        members.Demand();
    }

    /// <summary>Makes the first assigned version the lowest valid one.</summary>
    /// <exception cref="ProblemException">The key is assigned otherwise, or not all nodes know the assignment now.</exception>
    public Task AssignAsync(SealedKey next)
    {
        members.Demand();
        return StoreAsync(FloorList.Name(next.KeyId), floors.Assignment(next));
    }

    /// <summary>Makes the version after <paramref name="key"/> the lowest valid one.</summary>
    /// <exception cref="ProblemException">The key is not valid any more, or not all nodes know the change now.</exception>
    public Task RaiseAsync(SealedKey key, SealedKey next)
    {
        members.Demand();
        return StoreAsync(FloorList.Name(next.KeyId), floors.Change(key, next));
    }

    /// <summary>Makes no version valid any more.</summary>
    /// <exception cref="ProblemException">The key was deleted before, or not all nodes know the deletion now.</exception>
    public async Task DeleteAsync(SealedKey key)
    {
        members.Demand();
        bool isRepeated = floors.Find(key.KeyId) is { IsDeleted: true };
        await StoreAsync(FloorList.Name(key.KeyId), floors.Deletion(key));
        if (isRepeated)
        {
            // Only now, as the first deletion may not have come to all nodes.
            throw Refusals.Create(ProblemCodes.KeyDeleted, $"key {key.KeyId} is deleted");
        }
    }

    /// <summary>Writes an entry on one node after the other. Doing so again is harmless, whatever the last time came to.</summary>
    /// <exception cref="ProblemException">A node has a newer entry, or did not answer.</exception>
    public async Task StoreAsync(UInt128 key, FloorEntry entry)
    {
        await Task.Yield(); // Whoever sealed the object goes on in the HSM's thread, which is for nothing else.
        HashSet<string> done = [];
        while (members.Replicas.FirstOrDefault(r => !done.Contains(r)) is { } node)
        {
            await StoreAtAsync(node, key, entry);
            done.Add(node); // Who counts is asked again each time: a node may have been reinstated meanwhile.
        }
    }

    private async Task StoreAtAsync(string node, UInt128 key, FloorEntry entry)
    {
        if (node == members.Self)
        {
            await threads.RunAsync(() =>
            {
                floors.Store(key, entry);
                return true;
            });
            await Task.Yield(); // As above.
            return;
        }

        try
        {
            // Nobody who goes away stops it half-way: the deadline is the connection's.
            await peers.First(p => p.Id == node).StoreAsync(entry.ToLine(key), CancellationToken.None);
        }
        catch (PeerFailure failure) when (failure.Code is ProblemCodes.KeyAssigned or ProblemCodes.KeyOutdated or ProblemCodes.KeyDeleted)
        {
            throw Refusals.Create(failure.Code, $"key {key:x32}: {failure.Message}", failure);
        }
        catch (PeerFailure failure)
        {
            throw Refusals.Create(
                ProblemCodes.ServiceUnavailable, $"the entry of {key:x32} is not durable on every node: {failure.Message}", failure);
        }
    }
}
