using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// Who may call, whose SADs are believed, which SSA may bring whose (SAM-06), and who approves. Does not change.
/// A name and a key belong to one party in one role.
/// </summary>
internal sealed partial class Registry
{
    private readonly Dictionary<string, RegisteredClient> _clients = [];
    private readonly Dictionary<string, EcdsaVerifier> _authorizationServers = [];
    private readonly Dictionary<string, EcdsaVerifier> _approvers = [];
    private readonly Dictionary<string, EcdsaVerifier> _peerAuditKeys = [];
    private readonly HashSet<(string Client, string AuthorizationServer)> _allowed = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, string> _keys = [];

    /// <exception cref="ConfigurationException">A name or key is unusable, or stands twice.</exception>
    public Registry(StaticConfiguration node, DynamicConfiguration dynamic)
    {
        CheckStatic(node);
        Node = node.Node;
        MinimumAcr = node.MinimumAcr;
        Version = dynamic.Version > 0
            ? dynamic.Version
            : throw new ConfigurationException("The dynamic configuration's version must be 1 or more.");
        ConfigurationHash = HashOf(node, dynamic);
        if (((IEnumerable<object?>)[.. node.Operators, .. node.Peers ?? [], .. dynamic.AuthorizationServers, .. dynamic.SigningServicePrivilegedUsers]).Contains(null))
        {
            throw new ConfigurationException("A list of the configuration holds null.");
        }

        foreach (OperationPrivilegedUser user in node.Operators)
        {
            Add(user);
        }

        Peers = [.. (node.Peers ?? []).Where(p => p.Id != node.Node)];
        foreach (ClusterPeer peer in Peers)
        {
            Add(peer);
        }

        foreach (AuthorizationServer server in dynamic.AuthorizationServers)
        {
            Add(server);
        }

        foreach (SigningServicePrivilegedUser user in dynamic.SigningServicePrivilegedUsers)
        {
            Add(user);
        }

        if (node.DualControl && (node.Operators.Count < 2 || _approvers.Count == 0))
        {
            throw new ConfigurationException("With dual_control there must be two operators or more, and one or more with an approval_key.");
        }
    }

    public string Node { get; }

    public string MinimumAcr { get; }

    /// <summary>The other nodes of the cluster.</summary>
    public IReadOnlyList<ClusterPeer> Peers { get; }

    /// <summary>The keys that verify the heads and counter-signatures of those whose key is known, by node.</summary>
    public IReadOnlyDictionary<string, EcdsaVerifier> PeerAuditKeys => _peerAuditKeys;

    /// <summary>Version of the dynamic configuration.</summary>
    public int Version { get; }

    /// <summary>SHA-256 over the dynamic configuration and what of the static one must be the same on all nodes, lower-case hex.</summary>
    public string ConfigurationHash { get; }

    /// <summary>The caller with this SubjectPublicKeyInfo, or null.</summary>
    public RegisteredClient? Find(byte[] publicKeyInfo) => _clients.GetValueOrDefault(Convert.ToBase64String(publicKeyInfo));

    /// <summary>The key that verifies SADs of this authorization server, or null.</summary>
    public EcdsaVerifier? AuthorizationServer(string id) => _authorizationServers.GetValueOrDefault(id);

    /// <summary>The key that verifies approvals of this operator, or null.</summary>
    public EcdsaVerifier? Approver(string id) => _approvers.GetValueOrDefault(id);

    /// <summary>True when this SSA may bring SADs of this authorization server.</summary>
    public bool MayBring(RegisteredClient client, string authorizationServer) => _allowed.Contains((client.Id, authorizationServer));

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name { get; }

    private static void CheckStatic(StaticConfiguration node)
    {
        if (node.Version != StaticConfiguration.CurrentVersion)
        {
            throw new ConfigurationException("The static configuration must have version 1.");
        }

        CheckName(node.Node, "node");
        if (!AssuranceLevel.Satisfies(node.MinimumAcr, node.MinimumAcr))
        {
            throw new ConfigurationException("The static configuration's minimum_acr must be low, substantial or high.");
        }
    }

    private static string HashOf(StaticConfiguration node, DynamicConfiguration dynamic)
    {
        StaticConfiguration common = node with { Node = "", Peers = null };
        return NodeConfiguration.Digest(
        [
            .. JsonSerializer.SerializeToUtf8Bytes(common, ConfigurationJson.Default.StaticConfiguration),
            .. JsonSerializer.SerializeToUtf8Bytes(dynamic, SamJson.Default.DynamicConfiguration),
        ]);
    }

    private void Add(ClusterPeer peer)
    {
        AddClient(peer.Id, Roles.Peer, peer.PublicKey);
        if (!IPEndPoint.TryParse(peer.Address, out IPEndPoint? address) || address.Port == 0
            || Uri.CheckHostName(peer.ServerName) is UriHostNameType.Unknown or UriHostNameType.Basic)
        {
            throw new ConfigurationException($"The peer {peer.Id} needs an address with a port, like 192.0.2.1:8443, and a server name.");
        }

        if (peer.AuditKey is { } pem)
        {
            string who = $"audit key of {peer.Id}";
            EcdsaVerifier key = RegisteredKey.ReadP256(pem, who);
            TakeKey(key.PublicKeyInfo, who);
            _peerAuditKeys.Add(peer.Id, key);
        }
    }

    private void Add(OperationPrivilegedUser user)
    {
        AddClient(user.Id, Roles.Operator, user.PublicKey);
        if (user.ApprovalKey is { } pem)
        {
            string who = $"approval key of {user.Id}";
            EcdsaVerifier key = RegisteredKey.ReadP256(pem, who);
            TakeKey(key.PublicKeyInfo, who);
            _approvers.Add(user.Id, key);
        }
    }

    private void Add(AuthorizationServer server)
    {
        string who = $"authorization server {server.Id}";
        TakeName(server.Id, "authorization server");
        EcdsaVerifier key = RegisteredKey.ReadP256(server.PublicKey, who);
        TakeKey(key.PublicKeyInfo, who);
        _authorizationServers.Add(server.Id, key);
    }

    private void Add(SigningServicePrivilegedUser user)
    {
        AddClient(user.Id, Roles.SigningService, user.PublicKey);
        foreach (string server in user.AllowedAuthorizationServers)
        {
            if (server is null || !_authorizationServers.ContainsKey(server))
            {
                throw new ConfigurationException($"The SSA {user.Id} is allowed an authorization server that is not registered: {server}.");
            }

            if (!_allowed.Add((user.Id, server)))
            {
                throw new ConfigurationException($"The SSA {user.Id} is allowed the authorization server {server} twice.");
            }
        }
    }

    private void AddClient(string id, string role, string publicKey)
    {
        string who = $"{role} {id}";
        TakeName(id, role);
        byte[] key = RegisteredKey.Read(publicKey, who);
        TakeKey(key, who);
        _clients.Add(Convert.ToBase64String(key), new RegisteredClient(id, role, key));
    }

    private void TakeName(string name, string what)
    {
        CheckName(name, what);
        if (!_names.Add(name))
        {
            throw new ConfigurationException($"The name {name} stands twice.");
        }
    }

    private void TakeKey(byte[] key, string who)
    {
        string text = Convert.ToBase64String(key);
        if (!_keys.TryAdd(text, who))
        {
            throw new ConfigurationException($"The {who} has the same key as the {_keys[text]}.");
        }
    }

    private static void CheckName(string name, string what)
    {
        if (!Name.IsMatch(name))
        {
            throw new ConfigurationException($"The name of a {what} must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit.");
        }
    }
}
