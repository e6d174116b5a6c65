//! The tables as Diesel sees them, the same for both databases. A test compares this file with
//! each migrated database.

diesel::table! {
    resource (seq) {
        seq -> BigInt,
        tenant -> BigInt,
        kind -> Text,
        id -> Text,
        version -> Text,
        revision -> BigInt,
        current -> Bool,
        label -> Nullable<Text>,
        state -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
        doc -> Text,
    }
}

diesel::table! {
    attribute (number) {
        number -> BigInt,
        kind -> Text,
        path -> Text,
    }
}

diesel::table! {
    resource_index (tenant, attribute, current, value, seq) {
        tenant -> BigInt,
        attribute -> BigInt,
        current -> Bool,
        value -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    tally (tenant, kind, attribute, value) {
        tenant -> BigInt,
        kind -> Text,
        attribute -> BigInt,
        value -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    past (tenant, kind, id, version, revision) {
        tenant -> BigInt,
        kind -> Text,
        id -> Text,
        version -> Text,
        revision -> BigInt,
        ended_at -> BigInt,
        doc -> Text,
    }
}

diesel::table! {
    event (at, seq) {
        at -> BigInt,
        seq -> BigInt,
        tenant -> BigInt,
        principal -> Text,
        event_id -> Text,
        change -> Text,
        kind -> Text,
        id -> Text,
        version -> Text,
        revision -> BigInt,
        changed -> Nullable<Text>,
    }
}

diesel::table! {
    event_pending (seq) {
        seq -> BigInt,
        at -> BigInt,
        tenant -> BigInt,
    }
}

diesel::table! {
    subscription (id) {
        id -> Text,
        tenant -> BigInt,
        principal -> Text,
        api -> Text,
        api_version -> Text,
        callback -> Text,
        query -> Nullable<Text>,
        created_at -> BigInt,
        failures -> BigInt,
        retry_at -> BigInt,
        lease_owner -> Nullable<Text>,
        lease_until -> BigInt,
    }
}

diesel::table! {
    delivery (subscription, event_seq) {
        tenant -> BigInt,
        subscription -> Text,
        event_seq -> BigInt,
        event_at -> BigInt,
        lane -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        dead -> Bool,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    job (id) {
        id -> Text,
        tenant -> BigInt,
        principal -> Text,
        task -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        payload -> Text,
        progress -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        lease_owner -> Nullable<Text>,
        lease_until -> BigInt,
        created_at -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    idempotency (tenant, principal, key) {
        tenant -> BigInt,
        principal -> Text,
        key -> Text,
        fingerprint -> Text,
        answer -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    balance (tenant, kind, account, balance_type, currency) {
        tenant -> BigInt,
        kind -> Text,
        account -> Text,
        balance_type -> Text,
        currency -> Text,
        amount -> BigInt,
        valid_from -> Nullable<BigInt>,
        valid_to -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    order_run (tenant, order_id) {
        tenant -> BigInt,
        order_id -> Text,
        revision -> BigInt,
        state -> Text,
        priority -> BigInt,
        wake_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        work -> Text,
        progress -> Text,
    }
}

diesel::table! {
    order_input (tenant, order_id, id) {
        tenant -> BigInt,
        order_id -> Text,
        id -> Text,
        at -> BigInt,
        input -> Text,
    }
}

diesel::table! {
    order_log (tenant, order_id, id) {
        tenant -> BigInt,
        order_id -> Text,
        id -> Text,
        at -> BigInt,
        entry -> Text,
    }
}

diesel::table! {
    product_claim (tenant, product, order_id) {
        tenant -> BigInt,
        product -> Text,
        order_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    pool_number (tenant, pool, number) {
        tenant -> BigInt,
        pool -> Text,
        number -> Text,
        order_id -> Nullable<Text>,
        node -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    rate_sheet (seq) {
        seq -> BigInt,
        tenant -> BigInt,
        account -> Text,
        bill -> Nullable<Text>,
        revision -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        lines -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    usage_sum_log (seq) {
        seq -> BigInt,
        tenant -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    usage_sum (seq) {
        seq -> BigInt,
        tenant -> BigInt,
        product -> Text,
        body -> Binary,
    }
}

diesel::table! {
    billing_state (tenant, account) {
        tenant -> BigInt,
        account -> Text,
        revision -> BigInt,
        state -> Binary,
    }
}

diesel::table! {
    bill_document (tenant, bill, form) {
        tenant -> BigInt,
        bill -> Text,
        form -> Text,
        made_at -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    bill_number (tenant, entity) {
        tenant -> BigInt,
        entity -> Text,
        next -> BigInt,
    }
}

diesel::table! {
    usage_record (seq) {
        seq -> BigInt,
        tenant -> BigInt,
        id -> Nullable<Text>,
        identity -> Nullable<Binary>,
        revision -> BigInt,
        state -> BigInt,
        reason -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        start_at -> BigInt,
        product -> BigInt,
        shape -> BigInt,
        leaves -> Binary,
        trace_shape -> BigInt,
        trace -> Binary,
    }
}

diesel::table! {
    usage_shape (shape) {
        shape -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    charging_state (tenant, owner) {
        tenant -> BigInt,
        owner -> Text,
        revision -> BigInt,
        state -> Binary,
    }
}

diesel::table! {
    usage_count (tenant, source, hour, outcome, writer) {
        tenant -> BigInt,
        source -> Text,
        hour -> BigInt,
        outcome -> Text,
        writer -> BigInt,
        n -> BigInt,
    }
}

diesel::table! {
    identifier (tenant, value, name, product, valid_from) {
        tenant -> BigInt,
        value -> Text,
        name -> Text,
        product -> Text,
        valid_from -> BigInt,
        valid_to -> BigInt,
    }
}

diesel::table! {
    rating_document (tenant, kind, id, number) {
        tenant -> BigInt,
        kind -> Text,
        id -> Text,
        number -> BigInt,
        version -> Text,
        current -> Bool,
        hash -> Text,
        head -> Text,
        records -> BigInt,
        loaded_at -> BigInt,
        content -> Binary,
    }
}

diesel::table! {
    rating_book (tenant) {
        tenant -> BigInt,
        library -> BigInt,
        catalog -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(resource, resource_index);
diesel::allow_tables_to_appear_in_same_query!(event, event_pending, delivery, subscription);
