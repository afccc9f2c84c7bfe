namespace RemoteSigning.Contracts.Audit;

/// <summary>The values of <see cref="AuditRecord.Event"/>.</summary>
public static class AuditEvents
{
    public const string Start = "start";
    public const string Stop = "stop";
    public const string NewEpoch = "new_epoch";
    public const string LogResumed = "log_resumed";
    public const string Status = "status";
    public const string Generate = "generate_key_pair";
    public const string Assign = "assign_key_pair";
    public const string ProvePossession = "prove_possession";
    public const string ChangeStatus = "change_status";
    public const string Reseal = "reseal_key_pair";
    public const string Delete = "delete_key_pair";
    public const string Sign = "sign";
    public const string ReadConfiguration = "read_configuration";
    public const string Configure = "change_configuration";
    public const string Create = "create_module";
    public const string Initialize = "initialize_node";
    public const string AddKeyEncryptionKey = "add_key_encryption_key";
    public const string RetireKeyEncryptionKey = "retire_key_encryption_key";
    public const string AdoptInfrastructure = "adopt_infrastructure";
    public const string Import = "import_configuration";
    public const string PeerHeartbeat = "peer_heartbeat";
    public const string PeerStore = "peer_store";
    public const string PeerRead = "peer_read";
    public const string PeerHead = "peer_head";
    public const string RetirePeer = "retire_peer";
    public const string ReinstatePeer = "reinstate_peer";
    public const string LockModule = "lock_module";
    public const string UnlockModule = "unlock_module";
    public const string Refused = "refused_request";
}
