using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Configuration;

/// <summary>What a new dynamic configuration adds to the old one's rights, and what it takes.</summary>
/// <param name="Added">New parties, other keys, more allowed authorization servers: what dual control is about.</param>
/// <param name="Removed">What is gone.</param>
internal sealed record DynamicDifference(IReadOnlyList<string> Added, IReadOnlyList<string> Removed)
{
    /// <param name="before">Null when nothing is known of it: then everything is added.</param>
    public static DynamicDifference Between(DynamicConfiguration? before, DynamicConfiguration after)
    {
        Dictionary<string, AuthorizationServer> servers = (before?.AuthorizationServers ?? []).ToDictionary(s => s.Id);
        Dictionary<string, SigningServicePrivilegedUser> users = (before?.SigningServicePrivilegedUsers ?? []).ToDictionary(u => u.Id);
        List<string> added = [];
        List<string> removed = [];
        foreach (AuthorizationServer server in after.AuthorizationServers)
        {
            if (!servers.Remove(server.Id, out AuthorizationServer? old) || !SameKey(old.PublicKey, server.PublicKey))
            {
                added.Add($"AS {server.Id}{(old is null ? "" : " (key)")}");
            }
        }

        foreach (SigningServicePrivilegedUser user in after.SigningServicePrivilegedUsers)
        {
            if (!users.Remove(user.Id, out SigningServicePrivilegedUser? old) || !SameKey(old.PublicKey, user.PublicKey))
            {
                added.Add($"SSA {user.Id}{(old is null ? "" : " (key)")}");
            }

            IReadOnlyList<string> allowed = old?.AllowedAuthorizationServers ?? [];
            added.AddRange(user.AllowedAuthorizationServers.Except(allowed).Select(s => $"AS {s} for SSA {user.Id}"));
            removed.AddRange(allowed.Except(user.AllowedAuthorizationServers).Select(s => $"AS {s} for SSA {user.Id}"));
        }

        removed.AddRange(servers.Keys.Select(s => $"AS {s}"));
        removed.AddRange(users.Keys.Select(u => $"SSA {u}"));
        return new DynamicDifference(added, removed);
    }

    /// <summary>For the audit record.</summary>
    public override string ToString() =>
        $"adds {(Added.Count == 0 ? "nothing" : string.Join(", ", Added))}; removes {(Removed.Count == 0 ? "nothing" : string.Join(", ", Removed))}";

    private static bool SameKey(string one, string other) => PublicKeyPem.Decode(one).AsSpan().SequenceEqual(PublicKeyPem.Decode(other));
}
