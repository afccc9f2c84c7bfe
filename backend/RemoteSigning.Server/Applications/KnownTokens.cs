using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Applications;

/// <summary>
/// Whom access tokens stand for, as the authorization server told it before. That never changes in the life of a token; whether it
/// still lives is nothing that can be known here. Tokens are kept as their SHA-256, and at most <see cref="Most"/> of them.
/// </summary>
internal sealed class KnownTokens(TimeProvider clock)
{
    public const int Most = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TokenState> _states = [];

    /// <returns>Null for a token that was not told of, or whose time is over.</returns>
    public TokenState? Find(string accessToken)
    {
        string name = Name(accessToken);
        lock (_gate)
        {
            return _states.TryGetValue(name, out TokenState? state) && !IsOver(state) ? state : null;
        }
    }

    public void Remember(string accessToken, TokenState state)
    {
        string name = Name(accessToken);
        lock (_gate)
        {
            if (_states.Count >= Most && !_states.ContainsKey(name))
            {
                MakeRoom();
            }

            _states[name] = state;
        }
    }

    public void Forget(string accessToken)
    {
        string name = Name(accessToken);
        lock (_gate)
        {
            _states.Remove(name);
        }
    }

    /// <summary>First what is over; when nothing is, half of the others have to be asked for again.</summary>
    private void MakeRoom()
    {
        foreach (string name in _states.Where(s => IsOver(s.Value)).Select(s => s.Key).ToList())
        {
            _states.Remove(name);
        }

        if (_states.Count >= Most)
        {
            foreach (string name in _states.Keys.Take(Most / 2).ToList())
            {
                _states.Remove(name);
            }
        }
    }

    private bool IsOver(TokenState state) => state.ExpiresAt <= clock.GetUtcNow().ToUnixTimeSeconds();

    private static string Name(string accessToken) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(accessToken)));
}
